// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ByteReader } from '../../../../../worker/wasm/byte-reader.ts';
import { OP } from '../../../../../worker/wasm/instructions.ts';
import { meterModule } from '../../../../../worker/wasm/meter/meter.ts';
import { randomPrograms } from '../../../../support/wasm-random.ts';
import { randomModule } from '../../../../support/wasm-random-module.ts';

const LIMITS = { moduleBytes: 1_000_000, memoryBytes: 2 ** 30 };
const CUSTOM = 0;
const CODE = 10;
const NAME = 'metadata.code.branch_hint';
/** What every condition of the meter's ends in: the fuel is below zero, or the depth above its limit. */
const CONDITIONS: readonly number[] = [OP.i64LtS, OP.i32GtU];
const BRANCHES: readonly number[] = [OP.if, OP.brIf];

/** The hints and the code, which come in this order. */
function sectionsOf(bytes: Uint8Array): { hints: ByteReader; code: ByteReader } {
  const reader = new ByteReader(bytes, 8);
  let hints: ByteReader | undefined;
  for (;;) {
    const id = reader.u8();
    const section = reader.part(reader.u32());
    if (id === CUSTOM && section.text() === NAME) hints = section;
    if (id !== CODE) continue;
    if (hints === undefined) throw new Error('no hints stand before the code');
    return { hints, code: section };
  }
}

/** Of each function, by its index, the places that the section names. */
function readHints(section: ByteReader): Map<number, number[]> {
  const hints = new Map<number, number[]>();
  for (let left = section.u32(); left > 0; left--) {
    const index = section.u32();
    const places = Array.from({ length: section.u32() }, () => {
      const place = section.u32();
      expect([section.u32(), section.u8()], 'one byte that says: unlikely').toEqual([1, 0]);
      return place;
    });
    hints.set(index, places);
  }
  return hints;
}

const rising = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b);

test('the engine is told of branches of the meter’s, and of no others, that they are hardly ever taken', () => {
  let told = 0;
  fc.assert(
    fc.property(randomPrograms, (program) => {
      const { bytes, shape } = meterModule(randomModule(program), LIMITS);
      const { hints: section, code } = sectionsOf(bytes);
      const hints = readHints(section);
      const bodies = Array.from({ length: code.u32() }, () => code.take(code.u32()));
      expect([...hints.keys()]).toEqual(rising([...hints.keys()]));
      for (const [index, places] of hints) {
        const body = bodies[index - shape.imports.length] ?? new Uint8Array();
        expect(places).toEqual(rising(places));
        for (const place of places) {
          expect(CONDITIONS).toContain(body[place - 1]);
          expect(BRANCHES).toContain(body[place]);
          told += 1;
        }
      }
    }),
    { numRuns: 50 },
  );
  expect(told).toBeGreaterThan(100);
});
