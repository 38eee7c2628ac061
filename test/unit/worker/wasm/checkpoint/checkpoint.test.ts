// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import type { WorkerTask } from '../../../../../protocol/worker-messages.ts';
import { BadSnapshot } from '../../../../../worker/wasm/checkpoint/snapshot-format.ts';
import type { Begun } from '../../../../../worker/wasm/run-task.ts';
import { resumeOf, runUntilKilled } from '../../../../support/checkpoint-run.ts';
import { checkpointedTask } from '../../../../support/wasm-checkpointed.ts';
import { FINISH, steppedModule } from '../../../../support/wasm-stepped.ts';
import { runHere, workerTask } from '../../../../support/wasm-task.ts';

const STEPS = 25;
let task: WorkerTask;
let whole: ReturnType<typeof runHere>;

beforeAll(async () => {
  task = await checkpointedTask(STEPS);
  whole = runHere(task);
});

describe('a checkpointed task', () => {
  test('has the output, fuel, memory and diagnostics of an undisturbed run, wherever it was killed and resumed', async () => {
    expect(whole).toMatchObject({ outcome: { kind: 'completed' }, peakMemoryBytes: 10 * 65_536 });
    const places = fc.uniqueArray(fc.integer({ min: 0, max: STEPS - 1 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 100_000 }), async (steps, quantum) => {
        const sorted = [...steps].sort((a, b) => a - b);
        const files = await runUntilKilled(task, sorted, { quantum: BigInt(quantum) });
        expect(files).toHaveLength(steps.length);
        const begun: Begun[] = [];
        const resume = await resumeOf(task, files);
        const resumed = runHere(task, {
          resume,
          quantum: BigInt(quantum),
          onBegun: (how) => begun.push(how),
        });
        expect(begun).toEqual([{ resumed: true }]);
        expect(resumed).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test('may be killed and resumed again and again', async () => {
    let files = await runUntilKilled(task, [0]);
    for (let step = 3; step < STEPS; step += 3)
      files = await runUntilKilled(task, [step], { resume: await resumeOf(task, files) });
    expect(runHere(task, { resume: await resumeOf(task, files) })).toEqual(whole);
  });

  test('asks for fuel at the same places as an undisturbed run: the quanta go on where they were', async () => {
    const asked = (resume?: Awaited<ReturnType<typeof resumeOf>>): bigint[] => {
      const at: bigint[] = [];
      const breathe = (consumed: bigint): boolean => at.push(consumed) > 0;
      runHere(task, { breathe, quantum: 5000n, ...(resume && { resume }) });
      return at;
    };
    const files = await runUntilKilled(task, [11], { quantum: 5000n });
    const rest = asked(await resumeOf(task, files));
    expect(rest.length).toBeGreaterThan(10);
    expect(asked().slice(-rest.length)).toEqual(rest);
  });

  test('is small after the base: a delta holds only the pages that were written since', async () => {
    const [base, delta] = await runUntilKilled(task, [STEPS - 2, STEPS - 1]);
    expect(base?.length).toBeGreaterThan((delta?.length ?? 0) * 1.5);
  });

  test('runs out of fuel at the same place', async () => {
    const short = { ...task, limits: { ...task.limits, fuel: (whole.fuel - 1n).toString() } };
    const undisturbed = runHere(short);
    expect(undisturbed.outcome).toMatchObject({ code: 'out_of_fuel' });
    const files = await runUntilKilled(short, [20]);
    expect(runHere(short, { resume: await resumeOf(short, files) })).toEqual(undisturbed);
  });

  test('does not run its start function or begin a second time', async () => {
    const counting = steppedModule(
      [...[0x23, 0, 0x41, 1, 0x6a, 0x24, 0], ...[0x41, ...[0x80, 0x08], 0x23, 0, 0x36, 2, 0], ...FINISH],
      {
        sections: { 6: [1, 0x7f, 1, 0x41, 0, 0x0b] },
        start: 5,
        functions: [{ body: [0x23, 0, 0x41, 40, 0x6a, 0x24, 0] }],
      },
    );
    const own = workerTask(counting);
    const files = await runUntilKilled(own, [0]);
    expect(runHere(own).output[0]).toBe(41);
    expect(runHere(own, { resume: await resumeOf(own, files) }).output[0]).toBe(41);
  });
});

describe('a bad checkpoint', () => {
  const refusal = async (of: WorkerTask, files: readonly Uint8Array[]): Promise<string> => {
    try {
      await resumeOf(of, files);
      return 'taken';
    } catch (error) {
      if (error instanceof BadSnapshot) return error.message;
      throw error;
    }
  };

  test('of another module, task or chain is refused with a reason', async () => {
    const files = await runUntilKilled(task, [4, 6, 8]);
    const [base = new Uint8Array(), first = new Uint8Array(), second = new Uint8Array()] = files;
    const others = {
      seed: { ...task, seed: '78' },
      input: { ...task, input: Buffer.alloc(8, 1) },
      limits: { ...task, limits: { ...task.limits, memoryBytes: 5 * 1024 * 1024 } },
    };
    for (const other of Object.values(others)) expect(await refusal(other, files)).toContain('another task');
    expect(await refusal({ ...task, module: steppedModule(FINISH) }, files)).toContain('another module');
    expect(await refusal(task, [base, second])).toContain('do not belong together');
    expect(await refusal(task, [first])).toContain('do not belong together');
    expect(await refusal(task, [])).toContain('no parts');
    expect(await refusal(task, [base, first])).toBe('taken');
  });

  test('that is cut or changed anywhere is refused, or the task begins anew: its end is always the same', async () => {
    const [file = new Uint8Array()] = await runUntilKilled(task, [9]);
    const damage = fc.oneof(
      fc.integer({ min: 0, max: file.length - 1 }).map((length) => file.slice(0, length)),
      fc
        .tuple(fc.integer({ min: 0, max: file.length - 1 }), fc.integer({ min: 1, max: 255 }))
        .map(([at, change]) => {
          const changed = Uint8Array.from(file);
          changed[at] = (changed[at] ?? 0) ^ change;
          return changed;
        }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (damaged) => {
        const resume = await resumeOf(task, [damaged]).catch((error: unknown) => {
          if (error instanceof BadSnapshot) return undefined;
          throw error;
        });
        if (resume === undefined) return;
        const begun: Begun[] = [];
        const ended = runHere(task, { resume, onBegun: (how) => begun.push(how) });
        // What only the hash over the whole file can find (a digit of a counter, say) is the store's to find.
        if (begun[0]?.resumed === false) expect(ended).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a task that cannot be checkpointed', () => {
  const begunOf = (own: WorkerTask): Begun | undefined => {
    let begun: Begun | undefined;
    runHere(own, { onBegun: (how) => (begun = how) });
    return begun;
  };

  test('runs all the same, and says why', () => {
    const grows = steppedModule([0xd0, 0x70, 0x41, 1, 0xfc, 15, 0, 0x1a, ...FINISH], {
      sections: { 4: [1, 0x70, 0, 1] },
    });
    expect(runHere(workerTask(grows)).outcome.kind).toBe('completed');
    expect(begunOf(workerTask(grows))).toMatchObject({
      resumed: false,
      refused: expect.stringContaining('table.grow') as string,
    });
  });

  test('is never one that only reads and writes memory and globals', () => {
    expect(begunOf(task)).toEqual({ resumed: false });
  });
});
