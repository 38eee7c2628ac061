// SPDX-License-Identifier: MIT
import { networkInterfaces } from 'node:os';

import type { Signals } from '../../../protocol/signals.ts';
import { Answer, cached } from './cached.ts';
import { runCommand } from './command.ts';
import {
  assertionsFrom,
  batteryFrom,
  commandsFrom,
  freeMemoryFrom,
  idleFrom,
  isAndroidHotspot,
  lockFrom,
  powerSaverFrom,
  speedFrom,
  thermalFrom,
} from './macos-outputs.ts';
import { isPhoneAddress } from './phone-hotspot.ts';
import { programName } from './programs.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';

/** Listens to the microphone for its owner's voice all day long: not a call. */
const ALWAYS_LISTENS = 'corespeechd';

const IDLE_MS = 1000;
const LOCK_MS = 5000;
const OFTEN_MS = 10_000;
const SELDOM_MS = 30_000;

/**
 * macOS by its own commands, each asked only while somebody reads, and never waited for. Full screen is unknown: no
 * command tells it. Of the camera only its use is known, not that it is not in use.
 */
export function macosSensors(parts: SensorParts): SensorPart {
  const { clock, logger, run = runCommand, desktop = false, interfaces = networkInterfaces } = parts;
  const listeners = new Set<() => void>();

  const asking = <T>(what: string, everyMs: number, ask: () => Promise<T | null>): (() => T | null) => {
    const answer = new Answer<T | null>({
      clock,
      everyMs,
      // A slow command is no reason to know nothing.
      keepMs: 3 * everyMs + 5000,
      ask,
      failed: (error) => logger.warn('A sensor failed', { what, error: error.message }),
    });
    return () => answer.get() ?? null;
  };
  const command =
    <T>(read: (output: string) => T | null, file: string, ...args: string[]) =>
    async (): Promise<T | null> =>
      read(await run(file, args));

  let lastIdle = Infinity;
  const idle = asking('idle', IDLE_MS, async () => {
    const seconds = idleFrom(await run('ioreg', ['-c', 'IOHIDSystem', '-d', '4']));
    const isBack = seconds !== null && seconds < lastIdle;
    lastIdle = seconds ?? Infinity;
    if (isBack) for (const listener of listeners) listener();
    return seconds;
  });
  const lock = asking('lock', LOCK_MS, command(lockFrom, 'ioreg', '-n', 'Root', '-d1', '-w', '0'));
  const battery = asking(
    'battery',
    desktop ? SELDOM_MS : OFTEN_MS,
    command(batteryFrom, 'pmset', '-g', 'batt'),
  );
  const powerSaver = asking('power saver', SELDOM_MS, command(powerSaverFrom, 'pmset', '-g'));
  const speed = asking('speed', SELDOM_MS, command(speedFrom, 'pmset', '-g', 'therm'));
  const thermal = asking(
    'heat',
    OFTEN_MS,
    command(thermalFrom, 'notifyutil', '-g', 'com.apple.system.thermalpressurelevel'),
  );
  const memory = asking('memory', OFTEN_MS, command(freeMemoryFrom, 'vm_stat'));
  const uses = asking('assertions', OFTEN_MS, async () => {
    const held = assertionsFrom(await run('pmset', ['-g', 'assertions']));
    if (held === null) return null;
    const { presentation, camera, listeners: pids, unnamedListener } = held;
    const names =
      pids.length === 0 ? [] : commandsFrom(await run('ps', ['-o', 'comm=', '-p', pids.join(',')]));
    const heard = names.some((name) => programName(name) !== ALWAYS_LISTENS);
    // A program that has ended meanwhile leaves its place empty.
    return { presentation, microphoneInUse: unnamedListener || heard, cameraInUse: camera ? true : null };
  });
  const iphone = cached(
    clock,
    OFTEN_MS,
    () => isPhoneAddress(interfaces()),
    () => false,
  );
  const android = asking('network', SELDOM_MS, async () => {
    const name = Object.keys(interfaces()).find(
      (each) => /^en\d+$/.test(each) && hasAddress(interfaces(), each),
    );
    return name === undefined ? false : isAndroidHotspot(await run('ipconfig', ['getpacket', name]));
  });
  const programs = asking('programs', 5000, async () => {
    const names = commandsFrom(await run('ps', ['-axo', 'comm=']));
    return [...new Set(names.map(programName))].sort();
  });

  const presence = (): Partial<Signals> =>
    // Electron knows these by itself, by the call.
    desktop ? {} : { idleSeconds: idle(), screenLocked: lock(), thermal: thermal() };
  // Before the start and after the end no command is run.
  let runs = false;
  const running = (now: boolean) => (): Promise<void> => {
    runs = now;
    return Promise.resolve();
  };
  const all = (): Partial<Signals> => ({
    ...presence(),
    ...battery(),
    powerSaver: powerSaver(),
    cpuSpeedPercent: speed(),
    freeMemoryBytes: memory(),
    ...uses(),
    metered: iphone() ? true : android(),
  });
  return {
    read: () => (runs ? all() : {}),
    programs: () => (runs ? programs() : null),
    start: running(true),
    stop: running(false),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const hasAddress = (all: ReturnType<typeof networkInterfaces>, name: string): boolean =>
  (all[name] ?? []).some(({ family, internal }) => family === 'IPv4' && !internal);
