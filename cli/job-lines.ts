// SPDX-License-Identifier: MIT
import type { JobStatus } from '../protocol/job.ts';
import { creditsForPeople, duration, moment, pairs, table } from './output.ts';

const STATES = {
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'expired',
} as const;

const doneOf = ({ tasks }: JobStatus): string => `${tasks.completed + tasks.failed}/${tasks.total}`;

/** One job, for people. @param now ms since the epoch */
export function jobLines(job: JobStatus, practice: boolean, now: number): string[] {
  const { tasks } = job;
  const failed = tasks.failed > 0 ? `, ${tasks.failed} failed` : '';
  const took = (job.endedAt ?? now) - job.createdAt;
  return pairs([
    ['Job', job.id],
    ['Name', job.name],
    ['State', STATES[job.state]],
    ['Tasks', `${doneOf(job)} done${failed}, ${tasks.running} running, ${tasks.waiting} waiting`],
    ['Quorum', String(job.quorum)],
    ['Submitted', moment(job.createdAt)],
    job.endedAt === undefined
      ? ['Deadline', moment(job.deadlineAt)]
      : ['Ended', `${moment(job.endedAt)}, after ${duration(Math.max(took, 0))}`],
    ['Paid', creditsForPeople(job.paid, practice)],
    ['Given back', creditsForPeople(job.refunded, practice)],
    ['Put aside', creditsForPeople(BigInt(job.escrowed) - BigInt(job.paid) - BigInt(job.refunded), practice)],
  ]);
}

/** All jobs, for people, one a line. */
export function jobsTable(jobs: readonly JobStatus[], practice: boolean): string[] {
  if (jobs.length === 0) return ['No jobs yet. Submit one with `lull submit job.json`.'];
  const head = ['Job', 'Name', 'State', 'Tasks', 'Paid', 'Submitted'];
  const rows = jobs.map((job) => [
    job.id,
    job.name.length > 40 ? `${job.name.slice(0, 39)}…` : job.name,
    STATES[job.state],
    doneOf(job),
    creditsForPeople(job.paid, practice),
    moment(job.createdAt),
  ]);
  return table([head, ...rows], [3, 4]);
}
