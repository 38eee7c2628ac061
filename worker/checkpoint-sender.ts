// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';

import type { FromWorker, WorkerTask } from '../protocol/worker-messages.ts';
import { PieceCutter } from './piece-cutter.ts';
import type { TakenSnapshot } from './wasm/checkpoint/checkpoint-taker.ts';
import { CheckpointWords } from './wasm/checkpoint/checkpoint-words.ts';
import { encodeSnapshot } from './wasm/checkpoint/snapshot-format.ts';
import { type TaskIdentity, taskIdentity } from './wasm/checkpoint/task-identity.ts';

/** So many deltas, and a new base: each is a file that a restore must read. */
const MOST_DELTAS = 100;

interface CheckpointSenderParts {
  readonly tell: (message: FromWorker) => void;
  /** this device's fault */
  readonly fault: (message: string) => void;
  /** CPU time of the task so far, ms */
  readonly cpuMs: () => number;
}

/**
 * Compresses snapshots beside the computing thread and streams them to the agent. Does nothing while the task is
 * parked, unless the agent wants the checkpoint now.
 */
export class CheckpointSender {
  readonly words = new CheckpointWords();
  readonly #parts: CheckpointSenderParts;
  readonly #cutter: PieceCutter;
  #task: WorkerTask | undefined;
  #identity: TaskIdentity | undefined;
  #parent: string | null = null;
  #baseBytes = 0;
  #deltaBytes = 0;
  #deltas = 0;
  #verdict: ((kept: boolean) => void) | undefined;
  #parked = false;
  #wanted = false;
  #mayGoOn: () => void = () => undefined;

  constructor(parts: CheckpointSenderParts) {
    this.#parts = parts;
    this.#cutter = new PieceCutter((bytes) => parts.tell({ type: 'piece', stream: 'snapshot', bytes }));
  }

  /** What is being checkpointed. */
  start(task: WorkerTask): void {
    this.#task = task;
  }

  /** A snapshot was taken by the computing thread. */
  take(snapshot: TakenSnapshot): void {
    this.#send(snapshot).catch((error: unknown) =>
      this.#parts.fault(`A checkpoint could not be made: ${String(error)}`),
    );
  }

  /** The agent has taken the last piece. */
  taken(): void {
    this.#cutter.taken();
  }

  /** The agent has kept the snapshot, or has not. */
  checkpointed(kept: boolean): void {
    this.#verdict?.(kept);
  }

  /** The agent wants one now. A parked task does not go on for it: only what was taken before is sent. */
  want(): void {
    // Also while one is under way, which may be over before this is known here: then there is another.
    if (!this.#parked) this.words.want();
    this.#wanted = this.words.busy;
    this.#mayGoOn();
  }

  park(parked: boolean): void {
    this.#parked = parked;
    if (!parked) this.#mayGoOn();
  }

  async #send({ kind, state, pages }: TakenSnapshot): Promise<void> {
    const { tell, cpuMs } = this.#parts;
    tell({ type: 'snapshot', kind, cpuMs: cpuMs() });
    this.#identity ??= await this.#identify();
    const parent = kind === 'base' ? null : this.#parent;
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const part of encodeSnapshot({ format: 1, ...this.#identity, parent, state }, pages)) {
      hash.update(part);
      bytes += part.length;
      await this.#cutter.write(part);
      await this.#untilAllowed();
    }
    await this.#cutter.flush();
    const verdict = Promise.withResolvers<boolean>();
    this.#verdict = verdict.resolve;
    tell({ type: 'snapshot_end' });
    const kept = await verdict.promise;
    this.#parent = hash.digest('hex');
    if (kind === 'base') {
      this.#baseBytes = bytes;
      this.#deltaBytes = 0;
      this.#deltas = 0;
    } else {
      this.#deltaBytes += bytes;
      this.#deltas += 1;
    }
    this.#wanted = false;
    const isLong = this.#deltaBytes > this.#baseBytes / 2 || this.#deltas >= MOST_DELTAS;
    this.words.end({ needsBase: !kept || isLong });
  }

  #identify(): Promise<TaskIdentity> {
    if (this.#task === undefined) throw new Error('there is no task yet');
    return taskIdentity(this.#task);
  }

  async #untilAllowed(): Promise<void> {
    while (this.#parked && !this.#wanted)
      await new Promise<void>((resolve) => {
        this.#mayGoOn = resolve;
      });
  }
}
