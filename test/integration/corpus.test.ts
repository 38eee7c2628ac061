// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { ByteReader } from '../../worker/wasm/byte-reader.ts';
import { checkModule } from '../../worker/wasm/checker/check-module.ts';
import { meterModule } from '../../worker/wasm/meter/meter.ts';
import { readModule, SECTION } from '../../worker/wasm/module-reader.ts';
import { corpusModules, REFUSED } from '../corpus/modules.ts';
import { corpusMissing } from '../corpus/packages.ts';
import type { ScenarioReport } from '../corpus/scenario-child.ts';
import { SCENARIOS } from '../corpus/scenarios/index.ts';

const missing = corpusMissing();
const MODULES = missing === undefined ? corpusModules() : [];
const LIMITS = { moduleBytes: 2 ** 28, memoryBytes: 2 ** 32 };
const FEWEST_MODULES = 30;
/** The largest have 14 MB, and other tests run beside. */
const TIMEOUT_MS = 180_000;

const isRefused = (file: string): boolean => Object.hasOwn(REFUSED, file);
const accepted = MODULES.filter(({ file }) => !isRefused(file));

type Sections = ReadonlyMap<number, Uint8Array>;

/** The entries of a section, without their count. */
function entries(sections: Sections, id: number): { count: number; bytes: Uint8Array } {
  const reader = new ByteReader(sections.get(id) ?? Uint8Array.of(0));
  return { count: reader.u32(), bytes: reader.rest() };
}

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  Buffer.from(one ?? []).equals(other ?? new Uint8Array());

/** Sections that the meter has to leave as they are, and those to whose end it may add. */
const KEPT = ['import', 'tag', 'element', 'dataCount', 'data'] as const;
const EXTENDED = ['type', 'function', 'global', 'export'] as const;

function renumbered(before: Sections, after: Sections): string[] {
  const changed = KEPT.filter((name) => !isSame(before.get(SECTION[name]), after.get(SECTION[name])));
  const moved = EXTENDED.filter((name) => {
    const old = entries(before, SECTION[name]);
    const now = entries(after, SECTION[name]);
    return now.count < old.count || !isSame(old.bytes, now.bytes.subarray(0, old.bytes.length));
  });
  return [...changed, ...moved];
}

describe('modules that nobody here wrote', { timeout: TIMEOUT_MS }, () => {
  test(`are at least ${FEWEST_MODULES}`, ({ skip }) => {
    if (missing !== undefined) skip(missing);
    expect(accepted.length).toBeGreaterThanOrEqual(FEWEST_MODULES);
    expect(Object.keys(REFUSED).filter((file) => !MODULES.some((one) => one.file === file))).toEqual([]);
  });

  test.each(accepted)(
    '$file is valid and proved after the rewrite, and nothing in it is renumbered',
    ({ bytes }) => {
      const original = bytes();
      const metered = meterModule(original, LIMITS);
      expect(WebAssembly.validate(metered.bytes)).toBe(true);
      expect(() => checkModule(metered.bytes)).not.toThrow();
      const before = readModule(original);
      const after = readModule(metered.bytes);
      expect(renumbered(before.sections, after.sections)).toEqual([]);
      expect(
        after.tables.slice(0, before.tables.length).map(({ type, initial }) => ({ type, initial })),
      ).toEqual(before.tables.map(({ type, initial }) => ({ type, initial })));
      expect(after.memory?.initial).toBe(before.memory?.initial);
      expect(() => meterModule(metered.bytes, LIMITS)).toThrow('metered before');
    },
  );

  test.each(MODULES.filter(({ file }) => isRefused(file)))('$file is refused by name', ({ file, bytes }) => {
    expect(() => meterModule(bytes(), LIMITS)).toThrow(REFUSED[file]);
  });
});

const run = promisify(execFile);

async function report(scenario: string, variant: 'plain' | 'metered'): Promise<ScenarioReport> {
  const program = join(import.meta.dirname, '../corpus/scenario-child.ts');
  const { stdout } = await run(process.execPath, [program, scenario, variant]);
  return JSON.parse(stdout) as ScenarioReport;
}

describe('libraries that nobody here wrote', { timeout: TIMEOUT_MS }, () => {
  test.for([...SCENARIOS])('$name does the same when it is metered', async ({ name }, { skip }) => {
    if (missing !== undefined) skip(missing);
    const plain = await report(name, 'plain');
    const metered = await report(name, 'metered');
    expect(plain.results.every(({ bytes }) => bytes > 0)).toBe(true);
    expect(metered.results).toEqual(plain.results);
    expect(metered.meteredModules).toBeGreaterThan(0);
    expect(BigInt(metered.fuel)).toBeGreaterThan(10_000n);
  });

  // Neither of them asks for the time or for chance.
  test.for(['brotli round trip', 'box2d'])(
    '%s burns the same fuel in another process',
    async (name, { skip }) => {
      if (missing !== undefined) skip(missing);
      const [one, other] = await Promise.all([report(name, 'metered'), report(name, 'metered')]);
      expect(one.fuel).toBe(other.fuel);
    },
  );
});
