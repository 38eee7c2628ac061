// SPDX-License-Identifier: MIT
import { toError } from '../protocol/errors.ts';
import { MAX_SKEW_MS } from '../protocol/request-auth.ts';
import type { Startable } from '../protocol/startable.ts';
import { change, type Context } from './context.ts';
import { wasAbsent } from './policy/lease.ts';
import { extendLeases, hasLeases, lapsedAttempts } from './sql/attempts.ts';
import { overdueJobs } from './sql/jobs.ts';
import { forgetNonces } from './sql/nonces.ts';
import { setSetting, setting } from './sql/settings.ts';
import { endAttempt } from './verbs/end-attempt.ts';
import { endJob } from './verbs/end-job.ts';

const MOST_PER_SWEEP = 200;
const FORGET_NONCES_MS = 60_000;

/** How often leases are looked at, ms: an expired one is noticed within a quarter of its time. */
const periodOf = (leaseMs: number): number => Math.min(5000, Math.max(100, leaseMs / 4));

/** Ends leases that ran out and jobs whose deadline passed, and forgets old nonces. */
export class Sweeper implements Startable {
  readonly #context: Context;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = true;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(context: Context) {
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#stopped = false;
    await this.sweep();
    this.#later();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  async sweep(): Promise<void> {
    await this.#graceAfterAbsence();
    await this.#expireLeases();
    await this.#expireJobs();
    await this.#forgetNonces();
  }

  #later(): void {
    if (this.#stopped) return;
    const { clock, logger, network } = this.#context;
    this.#cancel = clock.after(periodOf(network.leaseMs), () => {
      this.#running = this.sweep()
        .catch((thrown: unknown) => {
          // What is due stays due; the next sweep tries again.
          logger.error('expired leases and jobs could not be ended', { error: toError(thrown).message });
        })
        .then(() => this.#later());
    });
  }

  async #graceAfterAbsence(): Promise<void> {
    const { store, clock, network } = this.#context;
    // An idle coordinator writes nothing: disks may sleep.
    if (!(await store.read(hasLeases))) return;
    await change(this.#context, async (sql) => {
      const now = clock.now();
      const last = await setting(sql, 'leases_looked_at');
      const lastLook = last === undefined ? undefined : Number(last);
      if (wasAbsent(lastLook, now, network.leaseMs)) await extendLeases(sql, now + network.leaseMs);
      if (lastLook === undefined || Math.abs(now - lastLook) >= network.leaseMs / 8) {
        await setSetting(sql, 'leases_looked_at', String(now));
      }
    });
  }

  async #expireLeases(): Promise<void> {
    const { store, clock } = this.#context;
    const now = clock.now();
    const lapsed = await store.read((sql) => lapsedAttempts(sql, now, MOST_PER_SWEEP));
    for (const attempt of lapsed) {
      await change(this.#context, (sql, after) =>
        endAttempt(
          this.#context,
          sql,
          attempt,
          { state: 'expired', isFault: true },
          ({ lease_until }) => lease_until <= now,
          now,
          after,
        ),
      );
    }
  }

  async #expireJobs(): Promise<void> {
    const { store, clock } = this.#context;
    const now = clock.now();
    for (const job of await store.read((sql) => overdueJobs(sql, now, MOST_PER_SWEEP))) {
      await change(this.#context, (sql, after) => endJob(sql, job, 'expired', now, after));
    }
  }

  async #forgetNonces(): Promise<void> {
    const { store, clock } = this.#context;
    if (clock.monotonic() - this.#forgotAt < FORGET_NONCES_MS) return;
    this.#forgotAt = clock.monotonic();
    // A request is taken only within the skew of its time, so an older nonce cannot come again.
    await store.write((sql) => forgetNonces(sql, clock.now() - 2 * MAX_SKEW_MS));
  }
}
