// SPDX-License-Identifier: MIT
import { statfsSync } from 'node:fs';

import type { Clock } from '../../protocol/clock.ts';
import { toError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import { type Signals, UNKNOWN_SIGNALS } from '../../protocol/signals.ts';
import type { Sensors } from '../ports.ts';
import { linuxPower } from './power-supply.ts';
import { terminalIdleSeconds } from './terminal-idle.ts';

export interface HeadlessSensorsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** free space is measured where this is */
  readonly dataFolder: string;
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
  /** the root of `/dev`, `/run` and `/sys`: another folder in tests */
  readonly root?: string;
}

const POWER_EVERY_MS = 1000;
const DISK_EVERY_MS = 10_000;
const IDLE_EVERY_MS = 90;

/** A value that is read again only after a while; one that cannot be read keeps its fallback. */
function cached<T>(clock: Clock, everyMs: number, read: () => T, failed: (error: Error) => T): () => T {
  let value: T;
  let readAt = -Infinity;
  return () => {
    if (clock.monotonic() - readAt >= everyMs) {
      readAt = clock.monotonic();
      try {
        value = read();
      } catch (error) {
        value = failed(toError(error));
      }
    }
    return value;
  };
}

/** The sensors without a desktop: terminals, sysfs and the file system on Linux; elsewhere little is known. */
export function headlessSensors(parts: HeadlessSensorsParts): Sensors {
  const { clock, logger, dataFolder, platform = process.platform, env = process.env, root = '' } = parts;
  const linux = platform === 'linux';
  const unknown = (what: string) => (error: Error) => {
    logger.warn('A sensor failed', { what, error: error.message });
    return null;
  };
  const terminals = { dev: `${root}/dev`, sessions: `${root}/run/systemd/sessions`, env };
  const idle = cached(
    clock,
    IDLE_EVERY_MS,
    () => terminalIdleSeconds(terminals, clock.now()),
    unknown('idle'),
  );
  const power = cached(
    clock,
    POWER_EVERY_MS,
    () => linuxPower(`${root}/sys/class/power_supply`),
    unknown('power'),
  );
  const disk = cached(
    clock,
    DISK_EVERY_MS,
    () => {
      const { bavail, bsize } = statfsSync(dataFolder);
      return bavail * bsize;
    },
    unknown('disk'),
  );
  const read = (): Signals => ({
    ...UNKNOWN_SIGNALS,
    idleSeconds: linux ? idle() : null,
    screenLocked: null,
    onBattery: linux ? (power()?.onBattery ?? null) : null,
    batteryPercent: linux ? (power()?.batteryPercent ?? null) : null,
    freeDiskBytes: disk(),
  });
  return {
    read,
    programs: () => null,
    // Nothing here tells of changes by event: the policy loop looks often enough.
    onChange: () => () => undefined,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
