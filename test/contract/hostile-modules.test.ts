// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { probeConfinement } from '../../agent/adapters/worker-confinement.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import { type TaskProgress, WorkerFault, type WorkerPool } from '../../agent/ports.ts';
import { LIMITS_MAX } from '../../protocol/job.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { FinishedTask, WorkerTask } from '../../protocol/worker-messages.ts';
import { eventually } from '../support/eventually.ts';
import * as hostile from '../support/hostile-modules.ts';
import { ROOT } from '../support/processes.ts';
import { op } from '../support/wasm-builder.ts';
import { ENDLESS, FINISH, FIRST_EXTRA, rounds, steppedModule } from '../support/wasm-stepped.ts';
import { workerTask } from '../support/wasm-task.ts';
import { wasiCommand } from '../support/wasm-wasi.ts';

/*
 * The hostile suite: modules that do their worst, each in a real worker process, beside an honest task in another one
 * which must end as if it were alone.
 */

const MIB = 1024 * 1024;
const RUNS = { parked: false, dutyPercent: 100 };
const PARKED = { parked: true, dutyPercent: 1 };
const FUEL = '200000000';
const LIMITS = { fuel: FUEL, memoryBytes: 16 * MIB, outputBytes: MIB, wallMs: 120_000 };
/** Enough that an honest module of these tests never comes near. */
const MOST_SILENT_CPU_MS = 1000;
const onLinux = test.skipIf(!existsSync('/proc/self/stat'));

const HONEST = workerTask(steppedModule(rounds(20_000_000), { locals: 'ii' }), {
  limits: { fuel: '1000000000' },
});
let honestFuel: string | undefined;

const pools: WorkerPool[] = [];
let pool: WorkerPool;
beforeAll(async () => {
  pool = await openPool();
});
afterAll(() => Promise.all(pools.map((one) => one.stop())));

async function openPool(mostSilentCpuMs = 60_000): Promise<WorkerPool> {
  const opened = forkWorkerPool({
    entry: join(ROOT, 'worker/main.ts'),
    clock: systemClock,
    logger: silentLogger,
    mostSilentCpuMs,
  });
  pools.push(opened);
  await opened.start(new AbortController().signal);
  return opened;
}
const stepped = (module: Uint8Array, limits: Partial<WorkerTask['limits']> = {}): WorkerTask =>
  workerTask(module, { limits: { ...LIMITS, ...limits } });
const command = async (start: string): Promise<WorkerTask> =>
  workerTask(await wasiCommand(start), { kind: 'wasi', limits: LIMITS });

/** Runs a task beside an honest one, which must end as ever. @returns how it ended, or the fault */
async function attack(task: WorkerTask, shared = pool): Promise<FinishedTask | WorkerFault> {
  const [attacker, neighbour] = await Promise.all([
    shared.run(task, RUNS, () => undefined),
    shared.run(HONEST, RUNS, () => undefined),
  ]);
  const [ended, honest] = await Promise.all([
    attacker.done.catch((error: unknown) => {
      if (error instanceof WorkerFault) return error;
      throw error;
    }),
    neighbour.done,
  ]);
  honestFuel ??= honest.fuel;
  expect(honest).toMatchObject({ outcome: { kind: 'completed' }, fuel: honestFuel });
  return ended;
}

describe('a hostile module', () => {
  test.each([
    ['never ends', steppedModule(ENDLESS), 'out_of_fuel'],
    [
      'calls itself for ever',
      steppedModule([...op.call(FIRST_EXTRA), ...FINISH], { functions: [{ body: op.call(FIRST_EXTRA) }] }),
      'out_of_stack',
    ],
    [
      'wants more memory than it may from the start',
      steppedModule(FINISH, { memory: [4096] }),
      'out_of_memory',
    ],
    ['asks for memory without end', hostile.growingMemory(), 'out_of_fuel'],
    ['asks for table entries without end', hostile.growingTable(), 'out_of_fuel'],
    ['declares tables of half a gigabyte', hostile.hugeTables(6), 'invalid_module'],
    ['fails in its start function', hostile.trapInStart(), 'trap'],
    ['never leaves its start function', hostile.endlessStart(), 'out_of_fuel'],
    ['has a jump of more targets than there may be', hostile.hugeJumpTable(100_000), 'invalid_module'],
    ['is larger than a module may be', hostile.muchData(LIMITS_MAX.moduleBytes), 'invalid_module'],
  ])('that %s ends by its own fault, which is named', async (_, module, code) => {
    const ended = await attack(stepped(module));
    expect(ended).toMatchObject({ outcome: { kind: 'failed', code } });
    expect(ended).toHaveProperty('outcome.message', expect.stringMatching(/^\w.{8,}/s));
  });

  test.each([
    ['nests fifty thousand blocks', hostile.nestedBlocks(50_000)],
    ['jumps to 65,000 targets', hostile.hugeJumpTable(65_000)],
    ['has a function of a hundred thousand operations', hostile.longFunction(100_000)],
    ['has fifty thousand functions', hostile.manyFunctions(50_000)],
  ])('that %s is run', async (_, module) => {
    expect(await attack(stepped(module))).toMatchObject({ outcome: { kind: 'completed' } });
  });

  test('of 64 MB is run, with as much memory', async () => {
    const module = hostile.muchData(LIMITS_MAX.moduleBytes - 4096);
    const ended = await attack(stepped(module, { memoryBytes: 64 * MIB }));
    expect(ended).toMatchObject({ outcome: { kind: 'completed' }, peakMemoryBytes: 64 * MIB });
  });

  test('that takes V8 long to compile is ended, and it is said what it was', async () => {
    const strict = await openPool(MOST_SILENT_CPU_MS);
    const fault = await attack(stepped(hostile.manyLoops(3000)), strict);
    expect(fault).toMatchObject({ beforeTask: false });
    expect(String(fault)).toMatch(/answers no heartbeat.*compile/);
  });

  onLinux('that takes V8 gigabytes to compile is ended, and it is said what it was', async () => {
    const fault = await attack(stepped(hostile.manyLocals(10_000)));
    expect(fault).toMatchObject({ beforeTask: false });
    expect(String(fault)).toMatch(/the worker took \d+ MB of memory, and \d+ MB is the most/);
  });

  onLinux('that is being compiled is parked all the same: its process is stopped', async (context) => {
    const { endsWithAgent } = await probeConfinement(join(ROOT, 'worker/main.ts'), silentLogger);
    if (!endsWithAgent) return context.skip('only where a stopped process ends with its agent');
    const told: TaskProgress[] = [];
    const task = await pool.run(stepped(hostile.manyLoops(3000)), RUNS, (progress) => told.push(progress));
    task.done.catch(() => undefined);
    const stat = (): string[] =>
      readFileSync(`/proc/${task.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const cpuTicks = (): number => Number(stat()[11]) + Number(stat()[12]);
    // After what it has used for its beginning there is nothing but the function that V8 compiles.
    await eventually('it has begun', () => told.some(({ fuel }) => fuel > 0n));
    const begunAt = cpuTicks();
    await eventually('it computes', () => cpuTicks() > begunAt + 10);
    task.control(PARKED);
    await eventually('it is said to be parked', () => told.at(-1)?.parked === true);
    await eventually('it is stopped', () => stat()[0] === 'T');
    const parkedAt = cpuTicks();
    const later = systemClock.monotonic() + 500;
    await eventually('time has passed', () => systemClock.monotonic() > later);
    expect(cpuTicks()).toBe(parkedAt);
    task.control(RUNS);
    await eventually('it goes on', () => cpuTicks() > parkedAt + 10);
    task.control(PARKED);
    await eventually('it is stopped once more', () => stat()[0] === 'T');
    await task.stop();
    expect(existsSync(`/proc/${task.pid}`)).toBe(false);
  });
});

describe('a hostile command', () => {
  test('that writes without end to stdout ends with too large an output, of which nothing is kept', async () => {
    const ended = await attack(await command('for (;;) write(1, 65536, 65536);'));
    expect(ended).toMatchObject({ outcome: { code: 'output_too_large' } });
    expect(ended).toHaveProperty('output.length', 0);
  });

  test('that writes without end to stderr runs out of fuel, and only the end of it is kept', async () => {
    const ended = await attack(await command('for (;;) write(2, 65536, 65536);'));
    expect(ended).toMatchObject({ outcome: { code: 'out_of_fuel' } });
    if (!(ended instanceof WorkerFault)) expect(ended.diagnostics.length).toBeLessThanOrEqual(16_384);
  });

  test('that calls the host without end runs out of fuel', async () => {
    const ended = await attack(await command('for (;;) clock_time_get(0, 0, FREE);'));
    expect(ended).toMatchObject({ outcome: { code: 'out_of_fuel' }, fuel: FUEL });
  });

  test('that opens a file again and again gets no handle that it was not given', async () => {
    const ended = await attack(await command('for (;;) open("nothing");'));
    expect(ended).toMatchObject({ outcome: { code: 'out_of_fuel' }, fuel: FUEL });
  });

  test('finds no file, folder, socket, clock or environment of this computer', async () => {
    const looks = `
      put(open("etc/passwd")); put(open("../../etc/passwd")); put(open("proc/self/environ")); put(open("/etc/passwd"));
      put(open("new", 1));
      put(path_unlink_file(3, FREE, 1));
      put(sock_shutdown(0, 2)); put(sock_shutdown(5, 2));
      environ_sizes_get(FREE, FREE + 4); put(load<i32>(FREE)); put(load<i32>(FREE + 4));
      clock_time_get(0, 0, FREE); put(<i32>(load<i64>(FREE) / 1000000000 - 1767225600));
    `;
    const ended = await attack(await command(looks));
    if (ended instanceof WorkerFault) throw ended;
    expect(ended.outcome).toEqual({ kind: 'completed' });
    const { output } = ended;
    const answers = [
      ...new Int32Array(output.buffer.slice(output.byteOffset, output.byteOffset + output.length)),
    ];
    const [noEntry, readOnly, noCapability, notSocket, badHandle] = [44, 69, 76, 57, 8];
    // Paths that lead out are refused as such; the rest is not there.
    expect(answers.slice(0, 4).map((errno) => [-noEntry, -noCapability].includes(errno))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([-readOnly, -noCapability]).toContain(answers[4]);
    expect([readOnly, noCapability, noEntry]).toContain(answers[5]);
    expect([notSocket, badHandle]).toContain(answers[6]);
    expect([notSocket, badHandle]).toContain(answers[7]);
    // No variables, and a clock that begins with 2026 whatever the day is.
    expect(answers.slice(8)).toEqual([0, 0, 0]);
  });
});

describe("a worker's crash", () => {
  test('takes no other slot along: the others end as if nothing had happened', async () => {
    const victim = await pool.run(
      stepped(steppedModule(ENDLESS), { fuel: '1000000000000' }),
      RUNS,
      () => undefined,
    );
    const told: TaskProgress[] = [];
    const task = stepped(steppedModule(rounds(100_000_000), { locals: 'ii' }), { fuel: '1000000000000' });
    // Slowly, so that it cannot be over before the other one is.
    const slowly = { parked: false, dutyPercent: 5 };
    const survivor = await pool.run(task, slowly, (progress) => told.push(progress));
    const fault = expect(victim.done).rejects.toMatchObject({ name: 'WorkerFault', beforeTask: false });
    await eventually('both run', () => told.some(({ fuel }) => fuel > 0n));
    process.kill(victim.pid, 'SIGKILL');
    await fault;
    survivor.control(RUNS);
    const again = await pool.run(task, RUNS, () => undefined);
    const [after, alone] = await Promise.all([survivor.done, again.done]);
    expect(after).toMatchObject({ outcome: { kind: 'completed' }, fuel: alone.fuel });
    expect(Buffer.from(after.output)).toEqual(Buffer.from(alone.output));
  });
});
