// SPDX-License-Identifier: MIT
import { timeLeft } from '../agent/requester/follow.ts';
import type { JobStatus } from '../protocol/job.ts';
import { creditsForPeople, duration } from './output.ts';

const BAR = 24;

/** `██████░░░░` for a share between 0 and 1. */
export function bar(share: number, cells = BAR): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return '█'.repeat(filled) + '░'.repeat(cells - filled);
}

/** One line that says how far a job is. @param now ms since the epoch, by the network's clock */
export function progressLine(job: JobStatus, practice: boolean, now: number): string {
  const { tasks } = job;
  const done = tasks.completed + tasks.failed;
  const left = timeLeft({ done, total: tasks.total }, Math.max(0, now - job.createdAt));
  const parts = [
    `${bar(done / tasks.total)} ${done}/${tasks.total} tasks`,
    `${creditsForPeople(job.paid, practice)} so far`,
    ...(left === undefined ? [] : [`about ${duration(left)} left`]),
  ];
  return parts.join(' · ');
}
