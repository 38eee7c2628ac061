// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** Processor time since some moment in the past, in any unit, of all threads together. */
export interface CpuTimes {
  readonly total: number;
  /** of all programs */
  readonly busy: number;
  /** of Lull with all its processes */
  readonly own: number;
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

/** Ticks of one process and of those of its children that have ended. Its name may hold spaces and brackets. */
function ticksOf(proc: string, pid: string): number {
  const stat = readFileSync(join(proc, pid, 'stat'), 'utf8');
  // From the third field on: 14 to 17 are utime, stime, cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

function childrenOf(proc: string, pid: string, thread: string): string[] {
  const text = readFileSync(join(proc, pid, 'task', thread, 'children'), 'utf8').trim();
  return text === '' ? [] : text.split(' ');
}

/** Ticks of a process that may have ended meanwhile (its parent then counts it), and of all below it. */
function ticksBelow(proc: string, pid: string): number {
  try {
    const below = childrenOf(proc, pid, pid).map((child) => ticksBelow(proc, child));
    return below.reduce((sum, ticks) => sum + ticks, ticksOf(proc, pid));
  } catch {
    return 0;
  }
}

/**
 * Ticks of this process and of everything that it ever started, also of what has ended: a child's time goes over to its
 * parent. Only this process may start others from threads other than its first (Chromium does).
 * @throws where the kernel does not tell a process's children
 */
function ownTicks(proc: string, pid: string): number {
  const threads = readdirSync(join(proc, pid, 'task'));
  const children = threads.flatMap((thread) => childrenOf(proc, pid, thread));
  return children.reduce((sum, child) => sum + ticksBelow(proc, child), ticksOf(proc, pid));
}

/** The times as Linux counts them. @param proc `/proc`, or a folder that stands for it */
export function linuxCpuTimes(proc: string, pid = 'self', workersCpuSeconds?: () => number): CpuTimes {
  const real = pid === 'self' ? String(process.pid) : pid;
  const totals = totalTicks(readFileSync(join(proc, 'stat'), 'utf8'));
  try {
    return { ...totals, own: ownTicks(proc, real) };
  } catch (error) {
    // A kernel without /proc/PID/task/TID/children.
    if (workersCpuSeconds === undefined) throw error;
    return { ...totals, own: ticksOf(proc, real) + workersCpuSeconds() * TICKS_PER_SECOND };
  }
}

/** The times as Node knows them on every system, which starts a child process on none. */
export function nodeCpuTimes(workersCpuSeconds: () => number): CpuTimes {
  const times = cpus().map((cpu) => cpu.times);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const { user, system } = process.cpuUsage();
  return { total: busy + idle, busy, own: (user + system) / 1000 + workersCpuSeconds() * 1000 };
}
