// SPDX-License-Identifier: MIT
import type { Signals, ThermalState } from '../../../protocol/signals.ts';

/*
 * What commands of macOS print, each as what it says about this computer. What cannot be read says nothing. Pure; the
 * outputs that these were written after are in test/golden/sensors/macos/.
 */

const numbersIn = (text: string, pattern: RegExp): number[] =>
  [...text.matchAll(pattern)].map((found) => Number(found[1])).filter(Number.isFinite);

/** `ioreg -c IOHIDSystem -d 4`: nanoseconds since the last input of anybody at this computer. */
export function idleFrom(output: string): number | null {
  const idle = numbersIn(output, /"HIDIdleTime" = (\d+)/g);
  return idle.length === 0 ? null : Math.min(...idle) / 1e9;
}

/** `ioreg -n Root -d1`. The second property is there only while the screen is locked, and not on every version. */
export function lockFrom(output: string): boolean | null {
  if (/"IOConsoleLocked" = Yes/.test(output)) return true;
  if (/"CGSSessionScreenIsLocked" ?= ?Yes/.test(output)) return true;
  return /"IOConsoleLocked" = No|"IOConsoleUsers" =/.test(output) ? false : null;
}

/** `pmset -g batt`. A UPS counts as a battery. */
export function batteryFrom(output: string): Pick<Signals, 'onBattery' | 'batteryPercent'> {
  const source = /^Now drawing from '(.+)'/m.exec(output)?.[1];
  const levels = numbersIn(output, /^ *-.*?(\d+)%;/gm).filter((level) => level <= 100);
  return {
    onBattery: source === undefined ? null : source !== 'AC Power',
    batteryPercent: levels.length === 0 ? null : Math.min(...levels),
  };
}

/** `pmset -g`: older versions have a switch, newer ones a mode; a Mac that has neither cannot save power. */
export function powerSaverFrom(output: string): boolean | null {
  if (!/^(?:System-wide power settings|Currently in use):/m.test(output)) return null;
  return /^ *(?:lowpowermode|powermode) +1$/m.test(output);
}

/** `pmset -g therm`: what the processor may run at, %; without a limit on record there is none. */
export function speedFrom(output: string): number | null {
  const limit = numbersIn(output, /CPU_Speed_Limit\s*= (\d+)/g)[0];
  if (limit !== undefined) return Math.min(100, limit);
  return /No CPU power status has been recorded/.test(output) ? 100 : null;
}

/** The kernel's five levels of pressure by heat, in the words of the four that macOS tells programs. */
const PRESSURE: readonly ThermalState[] = ['nominal', 'fair', 'serious', 'critical', 'critical'];

/** `notifyutil -g com.apple.system.thermalpressurelevel` */
export function thermalFrom(output: string): ThermalState | null {
  const level = /^com\.apple\.system\.thermalpressurelevel (\d+)/m.exec(output)?.[1];
  return level === undefined ? null : (PRESSURE[Number(level)] ?? null);
}

/** What programs asked of the system, as far as it tells about people. */
export interface Assertions {
  readonly presentation: boolean;
  /** programs that record sound now */
  readonly listeners: readonly number[];
  /** somebody unnamed records sound */
  readonly unnamedListener: boolean;
  readonly camera: boolean;
}

/** `pmset -g assertions` */
export function assertionsFrom(output: string): Assertions | null {
  if (!/^Assertion status system-wide:/m.test(output)) return null;
  const held = output.split(/^ *(?=pid \d+\()/m).slice(1);
  const hearing = held.filter((entry) => /^\s*Resources:.*\baudio-in\b/m.test(entry));
  const pids = hearing.map((entry) => /^\s*Created for PID: (\d+)/m.exec(entry)?.[1]);
  return {
    presentation: held.some((entry) =>
      / (?:PreventUserIdleDisplaySleep|NoDisplaySleepAssertion) /.test(entry),
    ),
    listeners: pids.filter((pid) => pid !== undefined).map(Number),
    unnamedListener: pids.includes(undefined),
    camera: held.some((entry) => /^pid \d+\(cameracaptured\): /.test(entry)),
  };
}

/**
 * `vm_stat`: what is free, was read ahead ("speculative"), or has not been used for a while ("inactive"), as psutil
 * reckons it. The last is partly programs' own, which is compressed before anything is written to the disk.
 */
export function freeMemoryFrom(output: string): number | null {
  const pageSize = numbersIn(output, /page size of (\d+) bytes/g)[0] ?? NaN;
  const pages = ['free', 'speculative', 'inactive'].map(
    (name) => numbersIn(output, new RegExp(`^Pages ${name}: +(\\d+)\\.`, 'gm'))[0] ?? NaN,
  );
  const available = pages.reduce((sum, count) => sum + count, 0) * pageSize;
  return Number.isNaN(available) ? null : available;
}

/** `ipconfig getpacket`: Android telephones say to what they lend their connection that it is paid by volume. */
export const isAndroidHotspot = (output: string): boolean => {
  const vendor = /^vendor_specific \(opaque\):\s*\n((?:[0-9a-f]{4} .*\n?)+)/m.exec(output)?.[1] ?? '';
  const hex = vendor
    .split('\n')
    .map((line) => /^[0-9a-f]{4} {2}((?:[0-9a-f]{2} +){1,16})/.exec(line)?.[1] ?? '')
    .join('');
  return Buffer.from(hex.replace(/ /g, ''), 'hex').includes('ANDROID_METERED');
};

/** `ps -axo comm=`: whole paths. */
export const commandsFrom = (output: string): readonly string[] =>
  output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
