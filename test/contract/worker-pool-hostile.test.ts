// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, test } from 'vitest';

import { FREEZE_AFTER_MS } from '../../agent/adapters/worker-freezer.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import {
  GRACE_MS,
  MOST_MESSAGES_A_SECOND,
  READY_MS,
  WorkerProcess,
} from '../../agent/adapters/worker-process.ts';
import { LOOK_MS, SILENCE_MS } from '../../agent/adapters/worker-watch.ts';
import { type RunningTask, type TaskProgress, WorkerFault, type WorkerPool } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { SlotControl } from '../../protocol/worker-messages.ts';
import { FakeLauncher, FakeProgramChild } from '../support/fake-program-child.ts';
import { TestClock } from '../support/test-clock.ts';
import { workerTask } from '../support/wasm-task.ts';

const MIB = 1024 * 1024;
const READY = { type: 'ready', permissions: true };
/** How often the child on paper answers here, ms. */
const ANSWERS_EVERY_MS = 5000;
const ANSWER = {
  type: 'progress',
  progressPermille: 0,
  fuel: '0',
  cpuMs: 1,
  memoryBytes: 1,
  processBytes: 50_000_000,
  breaths: 1,
  parked: false,
};
const finished = (changes: object = {}): object => ({
  type: 'finished',
  outcome: { kind: 'completed' },
  outputBytes: 0,
  diagnostics: '',
  fuel: '1000',
  cpuMs: 1,
  peakMemoryBytes: 65_536,
  ...changes,
});
const RUNS = { parked: false, dutyPercent: 100 };
const TASK = workerTask(new Uint8Array(8), { limits: { outputBytes: 100, fuel: '1000' } });

let clock: TestClock;
let launcher: FakeLauncher;
let pool: WorkerPool;
let memory: Map<number, number>;
beforeEach(async () => {
  clock = new TestClock();
  launcher = new FakeLauncher();
  memory = new Map();
  pool = forkWorkerPool({
    entry: '/app/worker.js',
    clock,
    logger: silentLogger,
    launch: launcher.launch,
    privateMemoryOf: (pid) => memory.get(pid),
  });
  await pool.start(new AbortController().signal);
});

async function running(
  task = TASK,
  control: SlotControl = RUNS,
): Promise<{ task: RunningTask; child: FakeProgramChild; fault: () => Promise<string> }> {
  const started = pool.run(task, control, () => undefined);
  const child = launcher.newest;
  child.say(READY);
  const run = await started;
  let message: string | undefined;
  run.done.catch((error: unknown) => {
    message = error instanceof WorkerFault ? error.message : `not a fault: ${String(error)}`;
  });
  const fault = async (): Promise<string> => {
    await clock.advance(0);
    return message ?? 'still running';
  };
  return { task: run, child, fault };
}

describe('a worker that misbehaves', () => {
  test.each([
    ['nothing', undefined],
    ['text', 'finished'],
    ['an unknown message', { type: 'pay', amount: 1e9 }],
    ['a progress beyond the end', { ...ANSWER, progressPermille: 2000 }],
    ['fuel that is no number', finished({ fuel: '-5' })],
    ['more than the message has', finished({ pay: '1' })],
    ['endless diagnostics', finished({ diagnostics: 'x'.repeat(20_000) })],
    ['more fuel than the task may burn', finished({ fuel: '1001' })],
    ['an output that it did not send', finished({ outputBytes: 1 })],
    ['an output that is no bytes', { type: 'piece', stream: 'output', bytes: [1, 2] }],
    ['an output in no bytes at all', { type: 'piece', stream: 'output', bytes: new Uint8Array() }],
    ['more output than the task may have', { type: 'piece', stream: 'output', bytes: new Uint8Array(101) }],
    ['a checkpoint that nobody wants', { type: 'snapshot', kind: 'base', cpuMs: 1 }],
    ['that it is ready once more', READY],
  ])('and says %s is killed and believed nothing', async (_, message) => {
    const { child, fault } = await running();
    child.say(message);
    expect(child.signals).toEqual(['SIGKILL']);
    expect(await fault()).toMatch(/^the worker /);
  });

  test('and talks without end is killed', async () => {
    const { child, fault } = await running();
    for (let i = 0; i <= MOST_MESSAGES_A_SECOND; i++) child.say({ ...ANSWER, breaths: i });
    expect(child.signals).toEqual(['SIGKILL']);
    expect(await fault()).toBe('the worker sent too many messages');
  });

  test('and finishes before it has a task is killed, and another one runs the task', async () => {
    const started = pool.run(TASK, RUNS, () => undefined);
    const [first] = launcher.children;
    first?.say(finished());
    expect(first?.signals).toEqual(['SIGKILL']);
    await expect(started).rejects.toBeInstanceOf(WorkerFault);
  });

  test('and says more after its end is not heard', async () => {
    const { task, child } = await running();
    child.say({ type: 'piece', stream: 'output', bytes: Uint8Array.of(1) });
    child.say(finished({ outputBytes: 1 }));
    child.say({ type: 'piece', stream: 'output', bytes: Uint8Array.of(2) });
    child.say(finished({ outputBytes: 2 }));
    expect([...(await task.done).output]).toEqual([1]);
    expect(child.signals).toEqual(['SIGKILL']);
  });

  test('and reports a fault of the device is believed, and killed', async () => {
    const { child, fault } = await running();
    child.say({ type: 'device_fault', message: 'no memory' });
    expect(await fault()).toBe('no memory');
    expect(child.signals).toEqual(['SIGKILL']);
  });

  test('and does not answer any more is killed', async () => {
    const { child, fault } = await running();
    await clock.advance(SILENCE_MS);
    expect(child.received.filter(({ type }) => type === 'ask')).toHaveLength(1);
    expect(await fault()).toBe('still running');
    await clock.advance(3 * LOOK_MS);
    expect(await fault()).toBe('the worker did not answer');
    expect(child.signals).toEqual(['SIGKILL']);
  });

  test('and takes more memory than its task may is killed, and the fault says so', async () => {
    const { child, fault } = await running();
    memory.set(child.pid, 150 * MIB);
    await clock.advance(LOOK_MS);
    expect(await fault()).toBe('still running');
    memory.set(child.pid, 900 * MIB);
    await clock.advance(LOOK_MS);
    expect(await fault()).toMatch(/^the worker took 900 MB of memory, and \d+ MB is the most/);
    expect(child.signals).toEqual(['SIGKILL']);
  });

  test('and says itself that it takes too much memory is killed where the system does not tell', async () => {
    const { child, fault } = await running();
    child.say({ ...ANSWER, processBytes: 900 * MIB });
    await clock.advance(LOOK_MS);
    expect(await fault()).toContain('900 MB of memory');
  });

  test('and ends before it has a task says nothing about the module', async () => {
    const started = pool.run(TASK, RUNS, () => undefined);
    launcher.newest.exit(1);
    await expect(started).rejects.toMatchObject({ beforeTask: true });
    await clock.advance(1000);
    const { task, child } = await running();
    child.exit(null, 'SIGABRT');
    await expect(task.done).rejects.toMatchObject({
      beforeTask: false,
      message: 'the worker ended with SIGABRT',
    });
  });

  test('and does not end when asked is ended by force', async () => {
    const { task, child } = await running();
    child.isObedient = false;
    const stopped = task.stop();
    expect(child.signals).toEqual(['SIGTERM']);
    await clock.advance(GRACE_MS);
    expect(child.signals).toEqual(['SIGTERM', 'SIGKILL']);
    await stopped;
  });

  test('and never becomes ready is killed', async () => {
    const started = pool.run(TASK, RUNS, () => undefined);
    const refused = expect(started).rejects.toThrow('did not become ready');
    await clock.advance(READY_MS);
    await refused;
    expect(launcher.newest.signals).toEqual(['SIGKILL']);
  });
});

describe('a worker that does not park', () => {
  test('is stopped as a whole, counts as parked whatever it said before, and is asked nothing until it may go on', async () => {
    const child = new FakeProgramChild(2_000_000_000, {});
    const worker = new WorkerProcess({
      child,
      clock,
      memoryOf: () => undefined,
      mostSilentCpuMs: 60_000,
      mayFreeze: true,
      onReady: () => undefined,
    });
    child.isObedient = false;
    child.say(READY);
    await worker.ready;
    const told: TaskProgress[] = [];
    worker.run(TASK, RUNS, (progress) => told.push(progress));
    worker.control({ parked: true, dutyPercent: 1 });
    await clock.advance(FREEZE_AFTER_MS);
    expect(child.signals).toEqual(['SIGSTOP']);
    expect(told.at(-1)?.parked).toBe(true);
    child.say({ ...ANSWER, progressPermille: 1, fuel: '1' });
    expect(told.at(-1)).toMatchObject({ progressPermille: 1, parked: true });
    const received = child.received.length;
    await clock.advance(10 * SILENCE_MS);
    expect(child.received).toHaveLength(received);
    worker.control(RUNS);
    expect(child.signals).toEqual(['SIGSTOP', 'SIGCONT']);
    expect(told.at(-1)?.parked).toBe(false);
    worker.control({ parked: true, dutyPercent: 1 });
    await clock.advance(FREEZE_AFTER_MS);
    worker.done.catch(() => undefined);
    await worker.stop();
    expect(child.signals.slice(2)).toEqual(['SIGSTOP', 'SIGKILL']);
  });
});

describe('the deadline of a task', () => {
  const answering = async ({ child }: { child: FakeProgramChild }, ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= ANSWERS_EVERY_MS) {
      child.say(ANSWER);
      await clock.advance(Math.min(left, ANSWERS_EVERY_MS));
    }
  };
  const minute = workerTask(new Uint8Array(8), { limits: { wallMs: 60_000 } });

  test('ends it at its time, to the moment', async () => {
    const run = await running(minute);
    await answering(run, 59_999);
    expect(await run.fault()).toBe('still running');
    await answering(run, 1);
    expect(await run.fault()).toBe('the task took longer than it may');
    expect(run.child.signals).toEqual(['SIGKILL']);
  });

  test('does not count pauses', async () => {
    const run = await running(minute, { parked: true, dutyPercent: 1 });
    await answering(run, 600_000);
    run.task.control(RUNS);
    await answering(run, 30_000);
    run.task.control({ parked: true, dutyPercent: 1 });
    await answering(run, 600_000);
    run.task.control(RUNS);
    await answering(run, 29_999);
    expect(await run.fault()).toBe('still running');
    await answering(run, 1);
    expect(await run.fault()).toBe('the task took longer than it may');
  });

  test('counts under a cap only the share that the task may compute', async () => {
    const run = await running(minute, { parked: false, dutyPercent: 25 });
    await answering(run, 239_999);
    expect(await run.fault()).toBe('still running');
    await answering(run, 1);
    expect(await run.fault()).toBe('the task took longer than it may');
  });
});

describe('starting workers', () => {
  test('gives them no environment, a channel, and the permission to read nothing but themselves', async () => {
    const { child } = await running();
    expect(child.options).toMatchObject({ env: {}, serialization: 'advanced' });
    expect(child.options.execArgv).toContain('--permission');
    const readable = child.options.execArgv?.filter((flag) => flag.startsWith('--allow-'));
    expect(readable).toEqual([
      '--allow-worker',
      '--allow-fs-read=/app/worker.js',
      '--allow-fs-read=/app/worker-compute.js',
      '--allow-fs-read=/app/package.json',
      '--allow-fs-read=/package.json',
    ]);
  });

  test('has one ready when a task is announced, and no more than one', async () => {
    expect(launcher.children).toHaveLength(0);
    pool.warm();
    pool.warm();
    await clock.advance(1);
    pool.warm();
    await clock.advance(1);
    expect(launcher.children).toHaveLength(1);
    launcher.newest.say(READY);
    expect((await pool.run(TASK, RUNS, () => undefined)).pid).toBe(launcher.children[0]?.pid);
  });

  test('keeps one spare after the first task, and uses it for the next', async () => {
    await running();
    await clock.advance(1);
    expect(launcher.children).toHaveLength(2);
    launcher.newest.say(READY);
    const next = pool.run(TASK, RUNS, () => undefined);
    expect((await next).pid).toBe(launcher.children[1]?.pid);
    await clock.advance(1);
    expect(launcher.children).toHaveLength(3);
  });

  test('waits longer after each one that does not come up, and not any more after one that does', async () => {
    const attempt = (): Promise<string> =>
      pool
        .run(TASK, RUNS, () => undefined)
        .then(
          () => 'runs',
          (error: unknown) => String(error),
        );
    const failing = async (): Promise<void> => {
      const count = launcher.children.length;
      const run = attempt();
      let waitedMs = 0;
      while (launcher.children.length === count) {
        await clock.advance(50);
        waitedMs += 50;
      }
      waits.push(waitedMs);
      launcher.newest.exit(1);
      expect(await run).toContain('the worker ended with 1');
    };
    const waits: number[] = [];
    const first = attempt();
    launcher.newest.exit(1);
    expect(await first).toContain('the worker ended with 1');
    await failing();
    await failing();
    await failing();
    expect(waits).toEqual([250, 500, 1000]);
    const last = attempt();
    await clock.advance(2000);
    launcher.newest.say(READY);
    expect(await last).toBe('runs');
  });
});
