// SPDX-License-Identifier: MIT
import { z } from 'zod';

import type { Signals } from '../../../protocol/signals.ts';

/*
 * What Windows answers (windows-script.ts), each as what it says about this computer. Pure. The numbers are those of
 * Microsoft's documentation: SYSTEM_POWER_STATUS, QUERY_USER_NOTIFICATION_STATE, WTSINFOEX_LEVEL1,
 * CallNtPowerInformation, PROCESSOR_POWER_INFORMATION, NetworkCostType.
 */

const number = z.number().nullish();

/** Who is there, and power. */
export const windowsNowSchema = z.object({
  idleMs: number,
  session: number,
  ac: number,
  battery: number,
  percent: number,
  saver: number,
  notification: number,
  execution: number,
});
export type WindowsNow = z.infer<typeof windowsNowSchema>;

/** What changes seldom. */
export const windowsMoreSchema = z.object({
  maxMhz: number,
  mhzLimit: number,
  /** when programs that have not stopped began to use it, in FILETIME: 100 ns since 1601, with blanks between */
  microphone: z.string().nullish(),
  camera: z.string().nullish(),
  cost: z.string().nullish(),
});
export type WindowsMore = z.infer<typeof windowsMoreSchema>;

const NO_BATTERY = 128;
const UNKNOWN = 255;
/** of SHQueryUserNotificationState */
const SCREEN = { busy: 2, direct3d: 3, presentation: 4, app: 7 } as const;
/** of a session */
const [LOCKED, UNLOCKED] = [0, 1];
const ES_DISPLAY_REQUIRED = 2;

const FULL: readonly number[] = [SCREEN.busy, SCREEN.direct3d, SCREEN.app];

function batteryOf({ ac, battery, percent }: WindowsNow): Pick<Signals, 'onBattery' | 'batteryPercent'> {
  const has = typeof battery === 'number' && battery !== UNKNOWN && (battery & NO_BATTERY) === 0;
  const none = typeof battery === 'number' && battery !== UNKNOWN && !has;
  return {
    // A computer without any battery is not on one.
    onBattery: ac === 0 ? !none : ac === 1 || none ? false : null,
    batteryPercent: has && typeof percent === 'number' && percent <= 100 ? percent : null,
  };
}

/** @param desktop Electron knows idle and lock by itself, by the call */
export function signalsNow(answer: WindowsNow, desktop: boolean): Partial<Signals> {
  const { idleMs, session, saver, notification, execution } = answer;
  const screen = notification ?? null;
  const shown = (execution ?? 0) & ES_DISPLAY_REQUIRED;
  const presence = {
    idleSeconds: typeof idleMs === 'number' ? idleMs / 1000 : null,
    screenLocked: session === LOCKED ? true : session === UNLOCKED ? false : null,
  };
  return {
    ...(desktop ? {} : presence),
    ...batteryOf(answer),
    powerSaver: typeof saver === 'number' ? saver === 1 : null,
    fullScreen: screen === null ? null : FULL.includes(screen),
    presentation:
      screen === SCREEN.presentation || shown !== 0 ? true : (execution ?? screen) === null ? null : false,
  };
}

const FILETIME_PER_MS = 10_000n;
const MS_FROM_1601 = 11_644_473_600_000n;

/** A program that crashed never stops using a microphone: what began before this computer did has ended. */
function inUse(begun: string | null | undefined, startedAt: number): boolean | null {
  if (begun === null || begun === undefined) return null;
  const times = begun.split(' ').filter((time) => /^\d+$/.test(time));
  return times.some((time) => Number(BigInt(time) / FILETIME_PER_MS - MS_FROM_1601) >= startedAt);
}

/** @param startedAt when this computer was started, ms since the epoch */
export function signalsMore(answer: WindowsMore, startedAt: number): Partial<Signals> {
  const { maxMhz, mhzLimit, cost } = answer;
  return {
    cpuSpeedPercent: maxMhz && mhzLimit ? Math.min(100, (100 * mhzLimit) / maxMhz) : null,
    microphoneInUse: inUse(answer.microphone, startedAt),
    cameraInUse: inUse(answer.camera, startedAt),
    metered:
      cost === 'Unrestricted' || cost === 'None'
        ? false
        : cost === 'Fixed' || cost === 'Variable'
          ? true
          : null,
  };
}

/** `tasklist /fo csv /nh`: names of the running programs. The first field never holds a quote. */
export const tasklistNames = (output: string): readonly string[] =>
  [...output.matchAll(/^"([^"]+)","\d+"/gm)].map((found) => found[1] ?? '');
