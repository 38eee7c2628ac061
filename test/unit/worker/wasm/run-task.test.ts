// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { ControlBlock } from '../../../../worker/control-block.ts';
import { Pacer } from '../../../../worker/pacer.ts';
import { Throttle } from '../../../../worker/throttle.ts';
import { TaskStopped } from '../../../../worker/wasm/run-task.ts';
import { op, wasmModule } from '../../../support/wasm-builder.ts';
import { ENDLESS, FINISH, FIRST_EXTRA, rounds, steppedModule } from '../../../support/wasm-stepped.ts';
import { runHere, workerTask } from '../../../support/wasm-task.ts';

const failure = (code: string): unknown => expect.objectContaining({ kind: 'failed', code });

describe('a stepped task', () => {
  test('completes with its output, its fuel and its memory', () => {
    const run = () => runHere(workerTask(steppedModule(rounds(100), { locals: 'ii' })));
    const first = run();
    expect(first).toMatchObject({ outcome: { kind: 'completed' }, diagnostics: '', peakMemoryBytes: 65_536 });
    expect(first.output).toHaveLength(4);
    expect(run()).toEqual(first);
  });

  test('burns the same fuel and gives the same output whatever the quantum is', () => {
    const task = workerTask(steppedModule(rounds(5000), { locals: 'ii' }));
    const results = [1n, 100n, 4096n, undefined].map((quantum) =>
      runHere(task, quantum === undefined ? {} : { quantum }),
    );
    for (const result of results) expect(result).toEqual(results[0]);
  });

  test('gets its input, its numbers and its seed', () => {
    const keep = (local: number, at: number, store: readonly number[]) => [
      ...op.i32(at),
      ...op.get(local),
      ...store,
      0,
    ];
    const module = wasmModule({
      memory: [1],
      functions: [
        { as: 'lull_alloc', params: 'i', results: 'i', body: op.i32(64) },
        {
          as: 'lull_begin',
          params: 'iiiiI',
          body: [
            ...keep(1, 0, [0x36, 2]),
            ...keep(2, 4, [0x36, 2]),
            ...keep(3, 8, [0x36, 2]),
            ...keep(4, 16, [0x37, 3]),
          ],
        },
        { as: 'lull_step', results: 'i', body: FINISH },
        { as: 'lull_output_ptr', results: 'i', body: op.i32(0) },
        { as: 'lull_output_len', results: 'i', body: op.i32(67) },
      ],
    });
    const input = Uint8Array.of(1, 2, 3);
    const { output } = runHere(
      workerTask(module, { input, index: 5, count: 7, seed: '18446744073709551615' }),
    );
    const view = Buffer.from(output);
    expect([view.readUInt32LE(0), view.readUInt32LE(4), view.readUInt32LE(8)]).toEqual([3, 5, 7]);
    expect(view.readBigUInt64LE(16)).toBe(2n ** 64n - 1n);
    expect([...view.subarray(64)]).toEqual([1, 2, 3]);
  });

  test('runs its start function before anything else', () => {
    const module = steppedModule([...op.i32(1024), ...op.i32(0), 0x28, 2, 0, 0x36, 2, 0, ...FINISH], {
      start: FIRST_EXTRA,
      functions: [{ body: [...op.i32(0), ...op.i32(77), 0x36, 2, 0] }],
    });
    expect(runHere(workerTask(module)).output[0]).toBe(77);
  });

  test('tells its progress after each step', () => {
    const told: number[] = [];
    // progress += 400; progress < 1000 ? progress : 1000
    const more = [0x23, 0, ...op.i32(400), ...op.add, 0x24, 0];
    const most = [0x23, 0, ...op.i32(1000), 0x23, 0, ...op.i32(1000), 0x48, 0x1b];
    const module = steppedModule([...more, ...most], { sections: { 6: [1, 0x7f, 1, 0x41, 0, 0x0b] } });
    runHere(workerTask(module), { onProgress: (permille) => told.push(permille) });
    expect(told).toEqual([400, 800, 1000]);
  });

  test('tells how much memory it has, more after it has grown', () => {
    const told: number[] = [];
    const grow = [...op.i32(2), 0x40, 0, 0x1a];
    runHere(workerTask(steppedModule([...grow, ...ENDLESS])), { onMemory: (bytes) => told.push(bytes) });
    expect(told[0]).toBe(65_536);
    expect(told.at(-1)).toBe(3 * 65_536);
  });

  test('that never ends runs out of fuel, and is charged all of it and no more', () => {
    const result = runHere(workerTask(steppedModule(ENDLESS)));
    expect(result).toMatchObject({ outcome: failure('out_of_fuel'), fuel: 1_000_000n });
    expect(result.output).toHaveLength(0);
  });

  test('that makes no progress runs out of fuel too', () => {
    expect(runHere(workerTask(steppedModule(op.i32(1)))).outcome).toEqual(failure('out_of_fuel'));
  });

  test('that ends just beyond its fuel fails, and one that ends just within it completes', () => {
    const module = steppedModule(rounds(100), { locals: 'ii' });
    const { fuel } = runHere(workerTask(module));
    expect(runHere(workerTask(module, { limits: { fuel: `${fuel}` } })).outcome.kind).toBe('completed');
    const short = runHere(workerTask(module, { limits: { fuel: `${fuel - 1n}` } }));
    expect(short).toMatchObject({ outcome: failure('out_of_fuel'), fuel: fuel - 1n });
  });

  test('that traps fails with the fuel that it had burnt', () => {
    const result = runHere(workerTask(steppedModule([...op.i32(3), ...op.i32(0), ...op.divU])));
    expect(result.outcome).toEqual(failure('trap'));
    expect(result.fuel).toBeGreaterThan(0n);
  });

  test('that cannot have more memory is told so by memory.grow and may finish', () => {
    const grow = [...op.loop(...op.i32(1), ...op.grow, ...op.i32(0), 0x4e, ...op.brIf(0)), ...FINISH];
    const result = runHere(workerTask(steppedModule(grow), { limits: { memoryBytes: 10 * 65_536 } }));
    expect(result).toMatchObject({ outcome: { kind: 'completed' }, peakMemoryBytes: 655_360 });
  });

  test('that needs more memory to begin with than it may have fails as out of memory', () => {
    const result = runHere(workerTask(steppedModule(FINISH, { memory: [100] })));
    expect(result.outcome).toEqual(failure('out_of_memory'));
  });

  test('whose output is larger than it may be, or outside its memory, fails', () => {
    const sized = (bytes: number) =>
      workerTask(steppedModule(FINISH, { output: op.i32(bytes) }), { limits: { outputBytes: 100 } });
    expect(runHere(sized(100)).outcome.kind).toBe('completed');
    expect(runHere(sized(101)).outcome).toEqual(failure('output_too_large'));
    expect(runHere(sized(-1)).outcome).toEqual(failure('trap'));
  });

  test('that returns no progress fails', () => {
    expect(runHere(workerTask(steppedModule(op.i32(1001)))).outcome).toEqual(failure('trap'));
    expect(runHere(workerTask(steppedModule(op.i32(-1)))).outcome).toEqual(failure('trap'));
  });

  test('that gets arguments, or is no module, fails as an invalid module', () => {
    const refused = [workerTask(steppedModule(FINISH), { args: ['x'] }), workerTask(Uint8Array.of(1, 2, 3))];
    for (const task of refused) {
      expect(runHere(task)).toMatchObject({ outcome: failure('invalid_module'), fuel: 0n });
    }
  });

  test('cannot catch that it is stopped', () => {
    const catchAll = (body: readonly number[]) => [0x06, 0x40, ...body, 0x19, 0x0b];
    const module = steppedModule([...op.loop(...catchAll(op.loop(...op.br(0))), ...op.br(0)), ...FINISH]);
    const control = new ControlBlock();
    control.command({ parked: false, dutyPercent: 100 });
    const throttle = new Throttle({ now: () => 0, cpuMs: () => 0, periodMs: 20 });
    const pacer = new Pacer({ control, throttle, onParked: () => undefined });
    let looks = 0;
    const breathe = (consumed: bigint): boolean => {
      if (++looks === 10) control.stop();
      return pacer.breathe(consumed);
    };
    expect(() => runHere(workerTask(module, { limits: { fuel: '1000000000000' } }), { breathe })).toThrow(
      TaskStopped,
    );
  });

  test('that is stopped while it is prepared is not run', () => {
    // More code than the meter reads without a look.
    const large = Array<number[]>(70_000)
      .fill([...op.i32(1), ...op.drop])
      .flat();
    const module = steppedModule([...large, ...FINISH]);
    let hasBegun = false;
    const onBegun = (): void => {
      hasBegun = true;
    };
    expect(() => runHere(workerTask(module), { breathe: () => false, onBegun })).toThrow(TaskStopped);
    expect(hasBegun).toBe(false);
  });

  test('cannot catch its own end', () => {
    const catchAll = (body: readonly number[]) => [0x06, 0x40, ...body, 0x19, 0x0b];
    const module = steppedModule([...op.loop(...catchAll(op.loop(...op.br(0))), ...op.br(0)), ...FINISH]);
    expect(runHere(workerTask(module)).outcome).toEqual(failure('out_of_fuel'));
  });

  test('that is too large once it is metered fails as an invalid module', () => {
    const loops = Array<number[]>(450_000).fill(op.loop()).flat();
    const task = workerTask(steppedModule([...loops, ...FINISH]));
    expect(runHere(task, { moduleBytes: 2_000_000 }).outcome).toEqual(failure('invalid_module'));
  });

  test('that throws an exception and does not catch it fails like a trap', () => {
    const module = steppedModule([0x08, 0], { sections: { 13: [1, 0, 5] }, functions: [{ body: [] }] });
    expect(runHere(workerTask(module)).outcome).toEqual(failure('trap'));
  });

  test('is ended when the host says so, in the middle of an endless loop that calls nobody', () => {
    let looks = 0;
    const breathe = () => ++looks < 5;
    const endless = workerTask(steppedModule(ENDLESS), { limits: { fuel: '1000000000000' } });
    expect(() => runHere(endless, { breathe, quantum: 1000n })).toThrow(TaskStopped);
    expect(looks).toBe(5);
  });
});
