// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';
import type { AttemptLease, ResultStatement } from '../protocol/coordinator-api.ts';
import { LullError } from '../protocol/errors.ts';
import { blobHashOf } from '../protocol/hashes.ts';
import { deviceIdSchema } from '../protocol/ids.ts';
import type { Passport } from '../protocol/passport.ts';
import type { SigningKey } from '../protocol/signatures.ts';
import type { FinishedTask } from '../protocol/worker-messages.ts';
import type { AgentStore, OutboxItem } from './ports.ts';
import type { Problems } from './problems.ts';
import type { Slot } from './slot.ts';

/** How often a full disk is tried again, ms. */
const DISK_RETRY_MS = 5000;

interface RecorderParts {
  readonly clock: Clock;
  readonly store: AgentStore;
  readonly device: SigningKey;
  readonly problems: Problems;
}

/** Makes a finished task a signed result in the outbox, on the disk before it is said to be there. */
export class ResultRecorder {
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Waits for room as long as the disk is full; the result stays in memory meanwhile. */
  async record(slot: Slot, task: FinishedTask): Promise<void> {
    const { clock, problems } = this.#parts;
    const { lease, signal } = slot;
    const item = this.#sign(lease, task);
    const { peakMemoryBytes, output } = task;
    const passport = slot.passport({ peakMemoryBytes, bytesOut: output.length });
    while (!signal.aborted) {
      try {
        this.#keep(item, task, passport);
        problems.clear('disk_full');
        return;
      } catch (error) {
        if (!(error instanceof LullError && error.code === 'disk_full')) throw error;
        problems.raise(
          'disk_full',
          'A finished result cannot be written because the disk is full: free some space, and it is kept by itself.',
          clock.now(),
        );
        await sleep(clock, DISK_RETRY_MS, signal);
      }
    }
  }

  #keep(item: OutboxItem, task: FinishedTask, passport: Passport): void {
    const { store, clock } = this.#parts;
    store.addToOutbox(item);
    const { attempt, jobName, report } = item;
    const { fuel, cpuMs, outcome } = task;
    store.addActivity({
      attempt,
      at: clock.now(),
      task: report.statement.task,
      jobName,
      result: outcome,
      fuel,
      cpuMs,
      passport,
    });
  }

  #sign(lease: AttemptLease, task: FinishedTask): OutboxItem {
    const { device } = this.#parts;
    const { attempt, jobName } = lease;
    const statement: ResultStatement = {
      attempt,
      task: lease.task,
      device: deviceIdSchema.parse(device.publicKey),
      outcome: task.outcome,
      output: { hash: blobHashOf(task.output), size: task.output.length },
      fuel: task.fuel,
    };
    const signature = device.sign('lull.result.1', statement);
    return { attempt, jobName, report: { statement, signature, cpuMs: task.cpuMs }, output: task.output };
  }
}
