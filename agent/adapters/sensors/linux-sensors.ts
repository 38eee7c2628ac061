// SPDX-License-Identifier: MIT
import { toError } from '../../../protocol/errors.ts';
import { cached } from './cached.ts';
import { idleSeconds, type IdleSource } from './idle.ts';
import { linuxPower } from './power-supply.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';
import { sessionsOf } from './sessions.ts';
import { terminalIdleSeconds } from './terminals.ts';
import { localDisplay, X11Display } from './x11-display.ts';
import { X11Idle } from './x11-idle.ts';

const POWER_EVERY_MS = 1000;
const TERMINALS_EVERY_MS = 90;

/** Everything that Linux tells but load, memory, disk and programs. */
export function linuxSensors(parts: SensorParts): SensorPart {
  const { clock, logger, env = process.env, root = '' } = parts;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const failed = (what: string) => (error: Error) =>
    logger.warn('A sensor failed', { what, error: error.message });
  const sessions = sessionsOf({
    folder: `${root}/run/systemd/sessions`,
    env,
    uid: process.getuid?.(),
  });
  const terminals = cached(
    clock,
    TERMINALS_EVERY_MS,
    () => terminalIdleSeconds(`${root}/dev`, clock.now()),
    (error) => void failed('terminals')(error),
  );
  const power = cached(
    clock,
    POWER_EVERY_MS,
    () => linuxPower(`${root}/sys/class/power_supply`),
    (error) => void failed('power')(error),
  );
  const name = (env['WAYLAND_DISPLAY'] ?? '') === '' ? localDisplay(env) : undefined;
  const x11Idle = new X11Idle(clock);
  const x11 =
    name === undefined ? undefined : new X11Display({ clock, logger, name, watches: [x11Idle], changed });
  const sources: IdleSource[] = [
    { sees: () => false, seconds: terminals },
    {
      sees: (session) => session.kind === 'x11' && session.display === name,
      seconds: () => x11Idle.seconds(),
    },
  ];
  const idle = (): number | null => {
    try {
      return idleSeconds(sessions(), sources);
    } catch (error) {
      failed('idle')(toError(error));
      return null;
    }
  };
  return {
    read: () => {
      x11?.look();
      return { idleSeconds: idle(), ...power() };
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: () => {
      x11?.start();
      return Promise.resolve();
    },
    stop: () => {
      x11?.stop();
      return Promise.resolve();
    },
  };
}
