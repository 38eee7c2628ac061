// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../../protocol/clock.ts';
import { LullError } from '../../protocol/errors.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobStatus, TaskResult } from '../../protocol/job.ts';
import type { CoordinatorClient } from '../ports.ts';

const LOOK_MS = 500;
const LAST_RETRY_MS = 10_000;
const PAGE = 500;

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onStatus?: (status: JobStatus) => void;
  /** the coordinator does not answer; the job goes on without us, and we go on asking */
  readonly onUnreachable?: (error: LullError) => void;
}

const hasEnded = (status: JobStatus): boolean => status.state !== 'running';

/**
 * Asks after a job until it has ended, or the signal aborts.
 * @returns the last status seen
 * @throws {LullError} the coordinator's own, except `unreachable`
 */
export async function followJob(
  client: CoordinatorClient,
  job: JobId,
  options: FollowOptions,
): Promise<JobStatus> {
  const { clock, signal } = options;
  let last: JobStatus | undefined;
  let waitMs = LOOK_MS;
  for (;;) {
    try {
      last = await client.call('getJob', { params: { job } }, signal);
      waitMs = LOOK_MS;
      options.onStatus?.(last);
      if (hasEnded(last)) return last;
    } catch (error) {
      if (signal?.aborted === true && last !== undefined) return last;
      if (!(error instanceof LullError) || error.code !== 'unreachable' || signal?.aborted === true)
        throw error;
      options.onUnreachable?.(error);
      waitMs = Math.min(waitMs * 2, LAST_RETRY_MS);
    }
    await sleep(clock, waitMs, signal);
    if (signal?.aborted === true && last !== undefined) return last;
  }
}

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
