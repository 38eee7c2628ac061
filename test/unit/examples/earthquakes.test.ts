// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { check } from '../../../examples/earthquakes/check.ts';
import { type ExampleRun, runSteppedExample } from '../../support/example-run.ts';
import { preparedExamples, SHORT_REPLICATES } from '../../support/prepared-examples.ts';
import { mergeInput, runStepped } from '../../support/stepped-module.ts';

describe('the earthquakes example', { timeout: 120_000 }, () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: ExampleRun;

  beforeAll(async () => {
    const prepared = await preparedExamples();
    remove = prepared.remove;
    folder = join(prepared.folder, 'earthquakes');
    run = await runSteppedExample(folder);
  });
  afterAll(() => remove());

  const report = () => JSON.parse(Buffer.from(run.merged).toString()) as Record<string, unknown>;
  const verdict = (changed: unknown) => check(Buffer.from(JSON.stringify(changed)), { folder });

  it('merges to what a direct computation and a bootstrap of its own give', async () => {
    expect(await check(run.merged, { folder })).toMatchObject({ ok: true });
  });

  it('counts the events of the region and estimates a plausible b-value', () => {
    expect(report()).toMatchObject({
      events: 996,
      tasks: 40,
      replicates: 40 * SHORT_REPLICATES,
      magnitudeOfCompleteness: 1.1,
    });
    expect(report()['bValue']).toBeCloseTo(0.787, 3);
  });

  it('gives each task a stream of its own', () => {
    expect(new Set(run.outputs.map((output) => Buffer.from(output).toString('hex'))).size).toBe(40);
  });

  it('gives the same bytes for the same task again', async () => {
    expect((await runSteppedExample(folder)).merged).toEqual(run.merged);
  });

  it.each([
    ['another estimate', { bValue: 0.8 }],
    ['a missing event', { events: 995 }],
    ['a spread that is too small', { standardError: 0.05 }],
    ['an interval that is too narrow', { confidence95: [0.7, 0.85] }],
    ['missing replicates', { replicates: 390_000 }],
  ])('fails its check with %s', async (_what, change) => {
    expect(await verdict({ ...report(), ...change })).toMatchObject({ ok: false });
  });

  it('fails its check when the output is cut short', async () => {
    expect(await check(run.merged.subarray(0, 100), { folder })).toMatchObject({ ok: false });
  });

  it('traps in the merge when parts are of different catalogues', async () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = run.outputs;
    const damaged = Buffer.from(second);
    damaged.writeUInt32LE(995, 0);
    const module = new WebAssembly.Module(await readFile(join(folder, 'earthquakes-merge.wasm')));
    const merge = () => runStepped(module, mergeInput([first, damaged]), { index: 0, count: 2, seed: 0n });
    expect(merge).toThrow(WebAssembly.RuntimeError);
  });
});
