// SPDX-License-Identifier: MIT
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../../../protocol/clock.ts';
import { cached } from './cached.ts';
import { ProcFile, procText } from './proc-file.ts';

/** Processor time since some moment in the past, in any unit, of all threads together. */
export interface CpuTimes {
  readonly total: number;
  /** of all programs */
  readonly busy: number;
  /** of Lull with all its processes */
  readonly own: number;
}

/** Where processor times come from. */
export interface CpuTimesSource {
  /** @throws where they cannot be told */
  read(): CpuTimes;
  close?(): void;
}

/** The kernel counts processor time in hundredths of a second, whatever its own clock is (USER_HZ). */
const TICKS_PER_SECOND = 100;

/**
 * What /proc/stat says of all threads. What the guests of a virtual machine take is part of what its host process takes;
 * what other machines took from a virtual one ("steal") is nobody's here.
 */
export function totalTicks(stat: string): Omit<CpuTimes, 'own'> {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1];
  const [user = NaN, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] =
    line?.split(' ').map(Number) ?? [];
  const busy = user + nice + system + irq + softIrq;
  const total = busy + idle + ioWait + steal;
  if (!Number.isFinite(total)) throw new Error('/proc/stat says no processor times');
  return { total, busy };
}

/** The longest first line of /proc/stat, and the longest stat of a process, bytes. */
const LINE_BYTES = 512;

/** Ticks of one process and of those of its children that have ended. Its name may hold spaces and brackets. */
function ticksIn(stat: string): number {
  // From the third field on: 14 to 17 are utime, stime, cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 15);
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

function childrenOf(proc: string, pid: string, thread: string): string[] {
  const text = procText(join(proc, pid, 'task', thread, 'children')).trim();
  return text === '' ? [] : text.split(' ');
}

/** Everything below a process; those that have ended meanwhile have nothing below them. */
function below(proc: string, pids: readonly string[]): string[] {
  return pids.flatMap((pid) => {
    try {
      return [pid, ...below(proc, childrenOf(proc, pid, pid))];
    } catch {
      return [pid];
    }
  });
}

/** Chromium starts processes from other threads than its first; Node does not. */
const threadsOf = (proc: string, pid: string, all: boolean): readonly string[] =>
  all ? readdirSync(join(proc, pid, 'task')) : [pid];

/** New children count after so long at the latest, ms. */
const FAMILY_MS = 5000;

export interface LinuxCpuParts {
  readonly clock: Clock;
  /** `/proc`, or a folder that stands for it */
  readonly proc: string;
  readonly pid?: string;
  /** whether this process may start others from any of its threads, as Chromium does */
  readonly allThreads?: boolean;
  readonly workersCpuSeconds?: (() => number) | undefined;
}

/**
 * The times as Linux counts them. What a child took goes over to its parent when it has ended, so that nothing of what
 * this process ever started is lost.
 */
export function linuxCpuTimes(parts: LinuxCpuParts): CpuTimesSource {
  const { clock, proc, pid = String(process.pid), allThreads = true, workersCpuSeconds } = parts;
  const stat = new ProcFile(join(proc, 'stat'), LINE_BYTES);
  const self = new ProcFile(join(proc, pid, 'stat'), LINE_BYTES);
  const family = cached<readonly string[] | undefined>(
    clock,
    FAMILY_MS,
    () =>
      below(
        proc,
        threadsOf(proc, pid, allThreads).flatMap((thread) => childrenOf(proc, pid, thread)),
      ),
    // A kernel without /proc/PID/task/TID/children.
    () => undefined,
  );
  const ticksOf = (child: string): number => {
    try {
      return ticksIn(procText(join(proc, child, 'stat'), LINE_BYTES));
    } catch {
      // It has ended: its parent counts it.
      return 0;
    }
  };
  return {
    read: () => {
      const children = family();
      if (children === undefined && workersCpuSeconds === undefined)
        throw new Error('the kernel does not name the children of a process');
      const others =
        children?.reduce((sum, child) => sum + ticksOf(child), 0) ??
        (workersCpuSeconds?.() ?? 0) * TICKS_PER_SECOND;
      return { ...totalTicks(stat.text()), own: ticksIn(self.text()) + others };
    },
    close: () => {
      stat.close();
      self.close();
    },
  };
}

/** The times as Node knows them on every system, which starts a child process on none. */
export const nodeCpuTimes = (workersCpuSeconds: () => number): CpuTimesSource => ({
  read: () => {
    const times = cpus().map((cpu) => cpu.times);
    const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
    const idle = times.reduce((sum, time) => sum + time.idle, 0);
    const { user, system } = process.cpuUsage();
    return { total: busy + idle, busy, own: (user + system) / 1000 + workersCpuSeconds() * 1000 };
  },
});
