// SPDX-License-Identifier: MIT
import type { Checkpoint, CheckpointDraft, CheckpointStore, SnapshotKind } from '../../agent/ports.ts';
import { LullError } from '../../protocol/errors.ts';
import type { AttemptId } from '../../protocol/ids.ts';

/** Checkpoints without a disk. */
export class FakeCheckpointStore implements CheckpointStore {
  readonly #kept = new Map<AttemptId, Checkpoint>();
  full = false;

  /** the attempts that have a checkpoint */
  get attempts(): AttemptId[] {
    return [...this.#kept.keys()];
  }

  load(attempt: AttemptId): Promise<Checkpoint | undefined> {
    return Promise.resolve(this.#kept.get(attempt));
  }

  size(attempt: AttemptId): number {
    return (this.#kept.get(attempt)?.files ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  draft(attempt: AttemptId, kind: SnapshotKind): Promise<CheckpointDraft> {
    const pieces: Uint8Array[] = [];
    const refuseIfFull = (): Promise<void> =>
      this.full ? Promise.reject(new LullError('disk_full', 'The disk is full.')) : Promise.resolve();
    return Promise.resolve({
      write: async (piece) => {
        await refuseIfFull();
        pieces.push(piece);
      },
      commit: async (facts) => {
        await refuseIfFull();
        const before = kind === 'base' ? [] : (this.#kept.get(attempt)?.files ?? []);
        this.#kept.set(attempt, { ...facts, files: [...before, Buffer.concat(pieces)] });
      },
      discard: () => Promise.resolve(),
    });
  }

  forget(attempt: AttemptId): Promise<void> {
    this.#kept.delete(attempt);
    return Promise.resolve();
  }

  sweep(keep: readonly AttemptId[]): Promise<void> {
    for (const attempt of this.attempts) if (!keep.includes(attempt)) this.#kept.delete(attempt);
    return Promise.resolve();
  }
}
