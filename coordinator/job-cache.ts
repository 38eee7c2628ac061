// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import type { JobTerms } from './job-spec.ts';
import { jobTerms, type OpenJob, openJobs } from './sql/jobs.ts';
import type { Sql } from './sql/schema.ts';
import type { Store } from './store.ts';

/** How old the list of running jobs may be where other processes change it too. */
const FRESH_MS = 250;
const KEPT_TERMS = 200;

/**
 * What polls ask for all the time and what rarely changes: which jobs run, and their unchanging part. A job in
 * the list that has ended meanwhile does no harm: it has no pending tasks.
 */
export class JobCache {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #terms = new Map<number, JobTerms>();
  #open: { jobs: Promise<readonly OpenJob[]>; at: number } | undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Running jobs, oldest first. */
  open(): Promise<readonly OpenJob[]> {
    const now = this.#clock.monotonic();
    if (this.#open === undefined || (this.#store.shared && now - this.#open.at > FRESH_MS)) {
      const open = { jobs: this.#store.read(openJobs), at: now };
      open.jobs.catch(() => {
        if (this.#open === open) this.#open = undefined;
      });
      this.#open = open;
    }
    return this.#open.jobs;
  }

  async terms(sql: Sql, jobId: number): Promise<JobTerms> {
    const known = this.#terms.get(jobId);
    if (known !== undefined) return known;
    const terms = await jobTerms(sql, jobId);
    if (this.#terms.size >= KEPT_TERMS) {
      const [oldest] = this.#terms.keys();
      if (oldest !== undefined) this.#terms.delete(oldest);
    }
    this.#terms.set(jobId, terms);
    return terms;
  }

  /** A job came or went in this process. */
  changed(): void {
    this.#open = undefined;
  }
}
