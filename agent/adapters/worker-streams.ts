// SPDX-License-Identifier: MIT
import { toError } from '../../protocol/errors.ts';
import { PIECE_BYTES } from '../../protocol/pieces.ts';
import type {
  FinishedMessage,
  FinishedTask,
  FromWorker,
  StreamName,
  ToWorker,
} from '../../protocol/worker-messages.ts';
import type { Checkpointing, SnapshotSink } from '../ports.ts';

/** What a snapshot may have besides the pages: its header, and what does not compress. */
const SNAPSHOT_OVERHEAD_BYTES = 16 * 1024 * 1024;

interface WorkerStreamsParts {
  readonly limits: { readonly memoryBytes: number; readonly outputBytes: number };
  readonly checkpointing: Checkpointing | undefined;
  readonly send: (message: ToWorker) => void;
  /** Here went wrong what must not: ends the worker. */
  readonly fault: (why: string) => void;
}

type Streamed = Extract<
  FromWorker,
  { type: 'begun' | 'checkpoints_refused' | 'piece' | 'snapshot' | 'snapshot_end' }
>;

/** A worker did what no honest one does: one clause. */
export class WorkerOffence extends Error {
  override readonly name = 'WorkerOffence';
}

/** What a worker sends in pieces: its output, and snapshots for checkpoints. All of it is bounded. */
export class WorkerStreams {
  readonly #parts: WorkerStreamsParts;
  readonly #output: Collector;
  #begun = false;
  #snapshot: { readonly sink: SnapshotSink; readonly pieces: PieceRules } | undefined;
  #hopeless: boolean;
  #dealtWith = Promise.withResolvers<void>();

  constructor(parts: WorkerStreamsParts) {
    this.#parts = parts;
    this.#output = new Collector(parts.limits.outputBytes);
    this.#hopeless = parts.checkpointing === undefined;
  }

  /** @throws {WorkerOffence} */
  receive(message: Streamed): void {
    switch (message.type) {
      case 'begun':
        if (this.#begun) offend('began its task a second time');
        this.#begun = true;
        if (message.refused !== undefined) this.#giveUpHope();
        return this.#parts.checkpointing?.begun(message);
      case 'checkpoints_refused':
        this.#giveUpHope();
        return this.#parts.checkpointing?.refused(message.why);
      case 'piece':
        return message.stream === 'output'
          ? this.#outputPiece(message.bytes)
          : this.#snapshotPiece(message.bytes);
      case 'snapshot':
        return this.#beginSnapshot(message);
      case 'snapshot_end':
        return this.#endSnapshot();
    }
  }

  /** The finished task with its output. @throws {WorkerOffence} */
  finish({ outputBytes, ...finished }: FinishedMessage): FinishedTask {
    const completed = finished.outcome.kind === 'completed';
    if (outputBytes !== (completed ? this.#output.length : 0)) offend('sent another output than it says');
    return { ...finished, output: completed ? this.#output.bytes : new Uint8Array() };
  }

  /** @param parked a parked task takes no snapshot: only one that is under way is waited for */
  async checkpoint(parked: boolean): Promise<void> {
    if (this.#hopeless || (parked && this.#snapshot === undefined)) return;
    this.#parts.send({ type: 'checkpoint' });
    await this.#dealtWith.promise;
  }

  /** Nothing more comes. */
  close(): void {
    this.#snapshot?.sink.cancel();
    this.#snapshot = undefined;
    this.#giveUpHope();
  }

  #giveUpHope(): void {
    this.#hopeless = true;
    this.#dealtWith.resolve();
  }

  #outputPiece(bytes: Uint8Array): void {
    this.#output.add(bytes);
    this.#taken('output');
  }

  #beginSnapshot({ kind, cpuMs }: Extract<Streamed, { type: 'snapshot' }>): void {
    const { checkpointing, limits } = this.#parts;
    if (checkpointing === undefined || this.#snapshot !== undefined)
      return offend('sent a snapshot that nobody wants');
    const most = limits.memoryBytes + limits.memoryBytes / 128 + SNAPSHOT_OVERHEAD_BYTES;
    this.#snapshot = { sink: checkpointing.snapshot(kind, cpuMs), pieces: new PieceRules(most) };
  }

  #snapshotPiece(bytes: Uint8Array): void {
    const snapshot = this.#snapshot ?? offend('sent a part of no snapshot');
    snapshot.pieces.check(bytes);
    const taken = snapshot.sink.write(bytes).then(() => {
      snapshot.pieces.taken();
      if (this.#snapshot === snapshot) this.#taken('snapshot');
    });
    taken.catch(this.#fault);
  }

  #endSnapshot(): void {
    const snapshot = this.#snapshot ?? offend('ended no snapshot');
    if (snapshot.pieces.underway) offend('ended a snapshot before its last piece was taken');
    const ended = snapshot.sink.end().then((kept) => {
      if (this.#snapshot !== snapshot) return;
      this.#snapshot = undefined;
      this.#parts.send({ type: 'checkpointed', kept });
      this.#dealtWith.resolve();
      this.#dealtWith = Promise.withResolvers();
      if (this.#hopeless) this.#dealtWith.resolve();
    });
    ended.catch(this.#fault);
  }

  readonly #fault = (error: unknown): void => {
    this.#parts.fault(`a checkpoint could not be taken: ${toError(error).message}`);
  };

  #taken(stream: StreamName): void {
    this.#parts.send({ type: 'taken', stream });
  }
}

/** One piece at a time, each whole but the last, and all of them bounded. */
class PieceRules {
  readonly #most: number;
  #total = 0;
  #ended = false;
  #underway = false;

  constructor(most: number) {
    this.#most = most;
  }

  get underway(): boolean {
    return this.#underway;
  }

  check({ length }: Uint8Array): void {
    this.#total += length;
    if (this.#underway || this.#ended) offend('sent a piece before it was wanted');
    if (this.#total > this.#most) offend('sent more than the task may have');
    this.#underway = true;
    this.#ended = length < PIECE_BYTES;
  }

  taken(): void {
    this.#underway = false;
  }
}

/** Bytes in one place that grows where it is: they are never there twice. */
class Collector {
  readonly #buffer: ArrayBuffer;
  readonly #rules: PieceRules;
  #length = 0;

  constructor(most: number) {
    this.#buffer = new ArrayBuffer(0, { maxByteLength: most });
    this.#rules = new PieceRules(most);
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#buffer, 0, this.#length);
  }

  add(piece: Uint8Array): void {
    this.#rules.check(piece);
    this.#buffer.resize(this.#length + piece.length);
    new Uint8Array(this.#buffer).set(piece, this.#length);
    this.#length += piece.length;
    this.#rules.taken();
  }
}

function offend(what: string): never {
  throw new WorkerOffence(`the worker ${what}`);
}
