// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { WorkerOffence, WorkerStreams } from '../../../../agent/adapters/worker-streams.ts';
import type { Checkpointing } from '../../../../agent/ports.ts';
import { PIECE_BYTES } from '../../../../protocol/pieces.ts';
import type { FinishedMessage, ToWorker } from '../../../../protocol/worker-messages.ts';

const WHOLE = new Uint8Array(PIECE_BYTES).fill(7);
const finished = (outputBytes: number, completed = true): FinishedMessage => ({
  type: 'finished',
  outcome: completed ? { kind: 'completed' } : { kind: 'failed', code: 'trap', message: '' },
  outputBytes,
  ...{ diagnostics: '', fuel: '1', cpuMs: 1, peakMemoryBytes: 1 },
});

function streams({ outputBytes = 3 * PIECE_BYTES, memoryBytes = 65_536, checkpoints = true } = {}) {
  const sent: ToWorker[] = [];
  const written: number[] = [];
  const checkpointing: Checkpointing = {
    everyMs: 1,
    resume: [],
    begun: () => undefined,
    refused: () => undefined,
    snapshot: () => ({
      write: (piece) => Promise.resolve(written.push(piece.length)).then(() => undefined),
      end: () => Promise.resolve(true),
      cancel: () => written.push(-1),
    }),
  };
  const made = new WorkerStreams({
    limits: { outputBytes, memoryBytes },
    checkpointing: checkpoints ? checkpointing : undefined,
    send: (message) => sent.push(message),
    fault: (why) => {
      throw new Error(why);
    },
  });
  const piece = (stream: 'output' | 'snapshot', bytes: Uint8Array = WHOLE): void =>
    made.receive({ type: 'piece', stream, bytes });
  return { made, sent, written, piece };
}

describe('the output of a task', () => {
  test('is put together from its pieces, each of which is answered', () => {
    const { made, sent, piece } = streams();
    piece('output');
    piece('output', Uint8Array.of(1, 2));
    const { output } = made.finish(finished(PIECE_BYTES + 2));
    expect(Buffer.from(output).equals(Buffer.concat([WHOLE, Uint8Array.of(1, 2)]))).toBe(true);
    expect(sent).toEqual([
      { type: 'taken', stream: 'output' },
      { type: 'taken', stream: 'output' },
    ]);
  });

  test('is nothing when the task failed, whatever was sent before', () => {
    const { made, piece } = streams();
    piece('output');
    expect(made.finish(finished(0, false)).output).toHaveLength(0);
  });

  test('is an offence when it is more than allowed, other than said, or goes on after its end', () => {
    const flood = streams({ outputBytes: 2 * PIECE_BYTES });
    flood.piece('output');
    flood.piece('output');
    expect(() => flood.piece('output')).toThrow(WorkerOffence);
    const liar = streams();
    liar.piece('output');
    expect(() => liar.made.finish(finished(1))).toThrow('sent another output than it says');
    const dribble = streams();
    dribble.piece('output', Uint8Array.of(1));
    expect(() => dribble.piece('output', Uint8Array.of(2))).toThrow('before it was wanted');
  });
});

describe('a snapshot of a task', () => {
  const begin = { type: 'snapshot', kind: 'base', cpuMs: 1 } as const;

  test('is handed on piece by piece, and answered when it is kept', async () => {
    const { made, sent, written, piece } = streams();
    made.receive(begin);
    piece('snapshot');
    await Promise.resolve().then(() => undefined);
    const wanted = made.checkpoint(false);
    await new Promise(setImmediate);
    piece('snapshot', Uint8Array.of(1));
    await new Promise(setImmediate);
    made.receive({ type: 'snapshot_end' });
    await wanted;
    expect(written).toEqual([PIECE_BYTES, 1]);
    expect(sent.filter(({ type }) => type === 'checkpointed')).toEqual([
      { type: 'checkpointed', kept: true },
    ]);
  });

  test('is an offence when nobody wants it, twice at a time, without an end, or larger than the memory may be', async () => {
    expect(() => streams({ checkpoints: false }).made.receive(begin)).toThrow('nobody wants');
    const twice = streams();
    twice.made.receive(begin);
    expect(() => twice.made.receive(begin)).toThrow('nobody wants');
    const hasty = streams();
    hasty.made.receive(begin);
    hasty.piece('snapshot');
    expect(() => hasty.made.receive({ type: 'snapshot_end' })).toThrow('before its last piece was taken');
    expect(() => streams().piece('snapshot')).toThrow('a part of no snapshot');
    const large = streams();
    large.made.receive(begin);
    for (let sent = 0; sent < 16; sent++) {
      large.piece('snapshot');
      await new Promise(setImmediate);
    }
    expect(() => large.piece('snapshot')).toThrow('more than the task may have');
  });

  test('is cancelled when its worker ends, and nobody waits for it any more', async () => {
    const { made, written } = streams();
    made.receive(begin);
    const wanted = made.checkpoint(true);
    made.close();
    await wanted;
    expect(written).toEqual([-1]);
    await made.checkpoint(false);
  });
});
