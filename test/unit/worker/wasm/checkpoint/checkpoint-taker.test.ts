// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import {
  type BetweenSteps,
  CheckpointTaker,
  type TakenSnapshot,
} from '../../../../../worker/wasm/checkpoint/checkpoint-taker.ts';
import { CheckpointWords } from '../../../../../worker/wasm/checkpoint/checkpoint-words.ts';

const STATE: TakenSnapshot['state'] = {
  steps: 1,
  progressPermille: 1,
  fuel: { left: '1', granted: '2' },
  memoryBytes: 131_072,
  globals: [],
  wasi: { files: [], sleptNs: '0', randomBytes: '0' },
  diagnostics: '',
};

function taker({ everyMs = 20_000 } = {}) {
  const words = new CheckpointWords();
  const memory = new ArrayBuffer(131_072);
  const taken: TakenSnapshot[] = [];
  const refused: string[] = [];
  let cpu = 0;
  const made = new CheckpointTaker({
    words,
    everyMs,
    now: () => cpu,
    cpuMs: () => cpu,
    taken: (snapshot) => taken.push(snapshot),
    refused: (why) => refused.push(why),
  });
  const between: BetweenSteps = {
    memory,
    mostBytes: memory.byteLength,
    state: () => STATE,
    breathe: () => undefined,
  };
  return {
    words,
    taken,
    refused,
    bytes: new Uint8Array(memory),
    /** a step of so much computing */
    step: (ms: number, change: Partial<BetweenSteps> = {}): number => {
      cpu += ms;
      made.afterStep({ ...between, ...change });
      return taken.length;
    },
    pages: () => [...(taken.at(-1)?.pages.numbers ?? [])],
    kept: (needsBase = false): void => words.end({ needsBase }),
  };
}

test('a checkpoint is taken so early that the next step ends within the interval', () => {
  const { step, kept } = taker();
  let lastAt = 0;
  for (let at = 0; at < 200_000; at += 3000) {
    const before = step(0);
    if (step(3000) > before) {
      expect(at + 3000 - lastAt).toBeLessThanOrEqual(20_000);
      lastAt = at + 3000;
      kept();
    }
  }
  expect(lastAt).toBeGreaterThan(180_000);
});

test('one that is wanted is taken after the present step, and only one', () => {
  const { words, step, kept } = taker();
  expect(step(10)).toBe(0);
  words.want();
  expect(step(10)).toBe(1);
  kept();
  expect(step(10)).toBe(1);
});

test('none is taken while another is written', () => {
  const { words, step, kept } = taker();
  words.want();
  step(10);
  words.want();
  expect(step(100_000)).toBe(1);
  kept();
  expect(step(1)).toBe(2);
});

test('the first holds every page that is not zero, the next ones what was written since, and a new base everything', () => {
  const { words, step, kept, bytes, pages, taken } = taker();
  const take = (needsBase: boolean): number[] => {
    words.want();
    step(1);
    kept(needsBase);
    return pages();
  };
  bytes[5] = 1;
  bytes[131_071] = 1;
  expect(take(false)).toEqual([0, 31]);
  bytes[5] = 0;
  bytes[4096] = 9;
  expect(take(true)).toEqual([0, 1]);
  expect(take(false)).toEqual([1, 31]);
  expect(take(false)).toEqual([]);
  expect(taken.map(({ kind }) => kind)).toEqual(['base', 'delta', 'base', 'delta']);
});

test('where there is no memory for them, none are made and it is said once', () => {
  const { words, step, refused } = taker();
  words.want();
  step(1, { mostBytes: 2 ** 53 });
  words.want();
  step(1);
  expect(refused).toEqual(['This computer has not enough memory for checkpoints of this task.']);
});
