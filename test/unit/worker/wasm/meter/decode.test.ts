// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ByteReader } from '../../../../../worker/wasm/byte-reader.ts';
import { readInstruction } from '../../../../../worker/wasm/instructions.ts';
import { Decoder } from '../../../../../worker/wasm/meter/decode.ts';
import { signed, unsigned } from '../../../../support/wasm-builder.ts';

const index = fc.nat(2 ** 32 - 1).map(unsigned);
const bytes = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(255), { minLength: length, maxLength: length });
const after = (
  opcodes: readonly number[],
  ...parts: readonly fc.Arbitrary<number[]>[]
): fc.Arbitrary<number[]> =>
  fc.tuple(fc.constantFrom(...opcodes), ...parts).map(([opcode, ...rest]) => [opcode, ...rest.flat()]);
const alignment = fc.nat(4).map((power) => [power]);
const type = fc.constantFrom<number[][]>(
  [0x40],
  [0x7f],
  [0x7e],
  [0x7d],
  [0x7c],
  [0x7b],
  [0x70],
  [0x6f],
  [0],
  [0x83, 1],
);
const listOf = (item: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> =>
  fc.array(item, { maxLength: 200 }).map((items) => [...unsigned(items.length), ...items.flat()]);

/** Instructions of every form that there is. */
const instructions = fc.array(
  fc.oneof(
    after([0x00, 0x01, 0x05, 0x0a, 0x0b, 0x0f, 0x19, 0x1a, 0x1b, 0x45, 0xc4, 0xd1]),
    after([0x02, 0x03, 0x04, 0x06], type),
    after([0x07, 0x0c, 0x0d, 0x10, 0x12, 0x18, 0x20, 0x24, 0xd2], index),
    after([0x11, 0x13], index, index),
    after([0x0e], listOf(index), index),
    after([0x1c], listOf(fc.constantFrom([0x7f], [0x6f]))),
    after([0x28, 0x35, 0x3e], alignment, index),
    after([0x3f, 0x40], fc.constant([0])),
    after([0x41], fc.integer().map(signed)),
    after([0x42], fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(signed)),
    after([0x43], bytes(4)),
    after([0x44], bytes(8)),
    after([0xd0], fc.constant([0x70])),
    after([0x1f], type, listOf(fc.oneof(after([0, 1], index, index), after([2, 3], index)))),
    after([0xfc], fc.constantFrom(0, 7).map(unsigned)),
    after([0xfc], fc.constantFrom(9, 11, 13, 15, 16, 17).map(unsigned), index),
    after([0xfc], fc.constantFrom(8, 10, 12, 14).map(unsigned), index, index),
    after([0xfd], fc.constantFrom(0, 11, 92, 93).map(unsigned), alignment, index),
    after([0xfd], fc.constantFrom(12, 13).map(unsigned), bytes(16)),
    after([0xfd], fc.constantFrom(21, 34).map(unsigned), bytes(1)),
    after([0xfd], fc.constantFrom(84, 91).map(unsigned), alignment, index, bytes(1)),
    after([0xfd], fc.constantFrom(14, 35, 83, 94, 0xff).map(unsigned)),
  ),
  { minLength: 1, maxLength: 20 },
);

test('the decoder of validated modules reads what the reader of untrusted bytes reads', () => {
  fc.assert(
    fc.property(instructions, (list) => {
      const all = Uint8Array.from(list.flat());
      const reader = new ByteReader(all);
      const decoder = new Decoder(all);
      for (const instruction of list) {
        const start = reader.position;
        expect(decoder.next()).toBe(readInstruction(reader));
        expect([decoder.start, decoder.end]).toEqual([start, start + instruction.length]);
        expect(reader.position).toBe(decoder.end);
      }
    }),
    { numRuns: 500 },
  );
});

test('a number behind an opcode is read without moving on', () => {
  const decoder = new Decoder(Uint8Array.from([0x10, ...unsigned(300_000), 0x0b]));
  decoder.next();
  expect(decoder.numberBehind(0)).toBe(300_000);
  expect(decoder.next()).toBe(0x0b);
});
