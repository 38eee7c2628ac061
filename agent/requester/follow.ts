// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobStatus, TaskResult } from '../../protocol/job.ts';
import type { CoordinatorClient } from '../ports.ts';

const LOOK_MS = 500;
const PAGE = 500;

export interface FollowOptions {
  readonly clock: Clock;
  /** ends the following, not the job */
  readonly signal?: AbortSignal;
  readonly onStatus?: (status: JobStatus) => void;
}

/**
 * Asks after a job until it has ended, or the signal aborts.
 * @returns the last status; undefined when the signal aborted first
 */
export async function followJob(
  client: CoordinatorClient,
  job: JobId,
  { clock, signal, onStatus }: FollowOptions,
): Promise<JobStatus | undefined> {
  while (signal?.aborted !== true) {
    try {
      const status = await client.call('getJob', { params: { job } }, signal);
      onStatus?.(status);
      if (status.state !== 'running') return status;
    } catch (error) {
      if (!isAborted(signal)) throw error;
    }
    await sleep(clock, LOOK_MS, signal);
  }
  return undefined;
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Every decided task of a job, by index. */
export async function jobResults(
  client: CoordinatorClient,
  job: JobId,
  signal?: AbortSignal,
): Promise<TaskResult[]> {
  const results: TaskResult[] = [];
  for (;;) {
    const from = (results.at(-1)?.index ?? -1) + 1;
    const page = await client.call('jobResults', { params: { job }, query: { from, limit: PAGE } }, signal);
    results.push(...page.results);
    if (page.results.length < PAGE) return results;
  }
}

/**
 * Time left at the pace so far.
 * @param elapsedMs since the first task could start
 * @returns ms, or undefined before anything is done
 */
export function timeLeft(
  tasks: { readonly done: number; readonly total: number },
  elapsedMs: number,
): number | undefined {
  if (tasks.done <= 0 || tasks.done > tasks.total) return undefined;
  return (elapsedMs / tasks.done) * (tasks.total - tasks.done);
}
