// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Answer, cached } from '../../agent/adapters/sensors/cached.ts';
import { linuxCpuTimes, nodeCpuTimes } from '../../agent/adapters/sensors/cpu-times.ts';
import { hostSensors } from '../../agent/adapters/sensors/host-sensors.ts';
import { othersPercent } from '../../agent/adapters/sensors/load.ts';
import { programName } from '../../agent/adapters/sensors/programs.ts';
import type { SensorParts } from '../../agent/adapters/sensors/sensor-part.ts';
import type { Sensors } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { eventually } from '../support/eventually.ts';
import { TestClock } from '../support/test-clock.ts';

const ME = String(process.pid);

let root: string;
let clock: TestClock;

const file = (path: string, text: string): void => {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
};
/** A process as /proc has it: its own ticks, those of its children that have ended, its threads' children. */
const program = (
  pid: string,
  own: number,
  ended: number,
  children: Record<string, string> = { [pid]: '' },
): void => {
  file(`proc/${pid}/stat`, `${pid} (a) b (c) S 1 1 1 0 -1 4 0 0 0 0 ${own} 0 ${ended} 0 20 0 1 0 1 1 1\n`);
  for (const [thread, pids] of Object.entries(children)) file(`proc/${pid}/task/${thread}/children`, pids);
};
const ticks = (busy: number, idle: number): void =>
  file('proc/stat', `cpu  ${busy} 0 0 ${idle} 0 0 0 7 3 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n`);
const sensors = (change: Partial<SensorParts> = {}): Sensors =>
  hostSensors({ clock, logger: silentLogger, dataFolder: root, platform: 'linux', env: {}, root, ...change });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lull-load-'));
  clock = new TestClock();
});

afterEach(() => rmSync(root, { recursive: true }));

describe('the load of other programs', () => {
  const others = (of: Sensors): number | null => of.read().othersCpuPercent;

  it('is unknown at the first look, and then what was not Lull, over three seconds', async () => {
    program(ME, 100, 0);
    ticks(1000, 1000);
    const some = sensors();
    expect(others(some)).toBeNull();
    await clock.advance(1000);
    program(ME, 150, 0);
    ticks(1100, 1100);
    expect(others(some)).toBeCloseTo(25, 9);
    for (let second = 2; second <= 4; second += 1) {
      await clock.advance(1000);
      ticks(1100, 1000 + 100 * second);
      others(some);
    }
    expect(others(some)).toBeCloseTo(0, 9);
  });

  it('leaves out everything that Lull started, in whatever thread, and what of it has ended', async () => {
    program(ME, 10, 5, { [ME]: '7001 7002', '99': '7003' });
    program('7001', 10, 0);
    program('7002', 10, 10, { '7002': '7004' });
    program('7003', 10, 0);
    program('7004', 10, 0);
    ticks(1000, 0);
    const some = sensors({ desktop: true });
    others(some);
    await clock.advance(1000);
    // 7001 has ended: its parent counts its 40 ticks from now on.
    rmSync(join(root, 'proc/7001'), { recursive: true });
    program(ME, 10, 45, { [ME]: '7001 7002', '99': '7003' });
    program('7002', 20, 10, { '7002': '7004' });
    program('7003', 20, 0);
    program('7004', 20, 0);
    ticks(1100, 0);
    expect(others(some)).toBeCloseTo(40, 9);
  });

  it('counts for Lull what it has started meanwhile, after five seconds at the latest', async () => {
    program(ME, 0, 0);
    ticks(0, 0);
    const some = sensors();
    others(some);
    program(ME, 0, 0, { [ME]: '7001' });
    for (let second = 1; second <= 9; second += 1) {
      await clock.advance(1000);
      program('7001', 50 * second, 0);
      ticks(50 * second, 50 * second);
      others(some);
    }
    expect(others(some)).toBe(0);
  });

  it('is unknown where the kernel names no children, unless the workers tell what they took', async () => {
    program(ME, 0, 0, {});
    mkdirSync(join(root, `proc/${ME}/task/${ME}`), { recursive: true });
    ticks(0, 0);
    let worked = 0;
    const [unknown, told] = [sensors(), sensors({ workersCpuSeconds: () => worked })];
    for (const some of [unknown, told]) others(some);
    await clock.advance(1000);
    worked = 0.5;
    ticks(80, 20);
    expect([others(unknown), others(told)]).toEqual([null, 30]);
  });

  it('begins anew after nobody looked for a while, as after the sleep of the computer', async () => {
    program(ME, 0, 0);
    ticks(0, 0);
    const some = sensors();
    others(some);
    await clock.advance(3_600_000);
    ticks(90, 10);
    expect(others(some)).toBeNull();
    await clock.advance(1000);
    ticks(90, 110);
    expect(others(some)).toBe(0);
  });

  it('is read once a second, however often it is asked for', async () => {
    program(ME, 0, 0);
    ticks(0, 0);
    const some = sensors();
    others(some);
    await clock.advance(1000);
    ticks(50, 50);
    expect(others(some)).toBe(50);
    await clock.advance(900);
    ticks(50, 950);
    expect(others(some)).toBe(50);
  });

  it('is unknown when /proc says nothing', () => {
    expect(others(sensors())).toBeNull();
    file('proc/stat', 'intr 1 2 3\n');
    expect(others(sensors())).toBeNull();
  });

  it('is a percentage, whatever the counters do', () => {
    const times = fc.record({ total: fc.nat(), busy: fc.nat(), own: fc.nat() });
    fc.assert(
      fc.property(times, times, (from, to) => {
        const percent = othersPercent(from, to);
        if (to.total <= from.total) expect(percent).toBeUndefined();
        else expect(percent !== undefined && percent >= 0 && percent <= 100).toBe(true);
      }),
    );
  });
});

describe('processor time on this computer', () => {
  it.skipIf(process.platform !== 'linux')(
    'counts for Lull what a child took, also when it has ended',
    async () => {
      const times = linuxCpuTimes({ clock, proc: '/proc' });
      const before = times.read();
      const child = spawn(process.execPath, ['-e', 'while (process.cpuUsage().user < 300_000);'], {
        stdio: 'ignore',
      });
      await once(child, 'exit');
      const after = times.read();
      times.close?.();
      expect(after.own - before.own).toBeGreaterThanOrEqual(29);
      expect(after.busy - before.busy).toBeGreaterThanOrEqual(29);
      expect(after.total).toBeGreaterThan(before.total);
    },
  );

  it('is told by Node on every system, in milliseconds', () => {
    const times = nodeCpuTimes(() => 12).read();
    expect(times.own).toBeGreaterThan(12_000);
    expect(times.busy).toBeGreaterThan(0);
    expect(times.total).toBeGreaterThan(times.busy);
  });
});

describe('free memory', () => {
  const free = (): number | null => sensors().read().freeMemoryBytes;

  it('is what the kernel says programs could still take', () => {
    file(
      'proc/meminfo',
      'MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    9000000 kB\n',
    );
    expect(free()).toBe(9_000_000 * 1024);
  });

  it('is less where a limit stands for the group of this process', () => {
    file('proc/meminfo', 'MemAvailable:    9000000 kB\n');
    file('proc/self/cgroup', '0::/user.slice/lull\n');
    const group = (name: string, text: string): void => file(`sys/fs/cgroup/user.slice/lull/${name}`, text);
    group('memory.max', 'max\n');
    group('memory.current', '700\n');
    expect(free()).toBe(9_000_000 * 1024);
    group('memory.max', '1000\n');
    expect(free()).toBe(300);
    group('memory.stat', 'anon 100\ninactive_file 200\n');
    expect(free()).toBe(500);
    group('memory.current', '5000\n');
    expect(free()).toBe(0);
  });

  it('is unknown when the kernel does not say it', () => {
    expect(free()).toBeNull();
  });

  it('and disk are known on this computer', () => {
    const { freeMemoryBytes, freeDiskBytes } = sensors({ root: '' }).read();
    expect(freeMemoryBytes).toBeGreaterThan(0);
    expect(freeDiskBytes).toBeGreaterThan(0);
  });
});

describe('running programs', () => {
  const runs = (pid: string, command: string, name: string): void => {
    file(`proc/${pid}/cmdline`, command);
    file(`proc/${pid}/comm`, `${name}\n`);
  };

  it('are named as they were started, and as they call themselves, each once', () => {
    runs('1', '/sbin/init\0', 'init');
    runs('2', '', 'kthreadd');
    runs('30', '/usr/bin/python3\0/usr/games/quarry\0', 'quarry');
    runs('31', '/usr/libexec/gnome-session-binary\0', 'gnome-session-b');
    runs('32', 'C:\\Games\\Chess.exe\0', 'Chess.exe');
    runs('33', '/usr/bin/node\0agent\0', 'MainThread');
    runs('34', '/sbin/init\0', 'init');
    file('proc/version', 'Linux');
    expect(sensors().programs()).toEqual([
      'Chess',
      'gnome-session-binary',
      'init',
      'node',
      'python3',
      'quarry',
    ]);
  });

  it('are unknown where they cannot be listed', () => {
    expect(sensors().programs()).toBeNull();
  });

  it.each([
    ['/Applications/Chess.app', 'Chess'],
    ['C:\\Program Files\\Lull\\Lull.EXE', 'Lull'],
    ['Lull.AppImage', 'Lull'],
    ['node.js', 'node.js'],
    ['', ''],
  ])('are named without path and extension: %s', (path, name) => {
    expect(programName(path)).toBe(name);
  });
});

describe('a value that is kept for a while', () => {
  it('is read again only when it is old, and also when it could not be read', async () => {
    let reads = 0;
    const value = cached(
      clock,
      100,
      () => {
        reads += 1;
        if (reads === 2) throw new Error('gone');
        return reads;
      },
      () => -1,
    );
    expect([value(), value()]).toEqual([1, 1]);
    await clock.advance(100);
    expect([value(), value()]).toEqual([-1, -1]);
    await clock.advance(100);
    expect([value(), reads]).toEqual([3, 3]);
  });
});

describe('an answer that is never waited for', () => {
  const failures: string[] = [];
  const answer = (ask: () => Promise<number>): Answer<number> =>
    new Answer({ clock, everyMs: 1000, keepMs: 3000, ask, failed: (error) => failures.push(error.message) });
  const until = (of: Answer<number>, value: number | undefined): Promise<boolean> =>
    eventually(`it is ${value}`, () => of.get() === value);

  it('is asked for once at a time, and is none any more when it is too old', async () => {
    const waiting: PromiseWithResolvers<number>[] = [];
    const some = answer(() => {
      const next = Promise.withResolvers<number>();
      waiting.push(next);
      return next.promise;
    });
    expect([some.get(), some.get(), waiting.length]).toEqual([undefined, undefined, 1]);
    await clock.advance(5000);
    expect([some.get(), waiting.length]).toEqual([undefined, 1]);
    waiting[0]?.resolve(1);
    await Promise.resolve();
    // It is as old as its question.
    await eventually('it is asked for again', () => some.get() === undefined && waiting.length === 2);
    waiting[1]?.resolve(2);
    await until(some, 2);
    await clock.advance(3001);
    expect(some.get()).toBeUndefined();
  });

  it('is left alone for half a minute when it could not be had', async () => {
    let asked = 0;
    const some = answer(() => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('nobody there')) : Promise.resolve(asked);
    });
    some.get();
    await eventually('it has failed', () => failures.includes('nobody there'));
    await clock.advance(29_000);
    some.get();
    expect(asked).toBe(1);
    await clock.advance(1000);
    await until(some, 2);
  });
});
