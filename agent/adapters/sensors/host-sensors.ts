// SPDX-License-Identifier: MIT
import { type Signals, UNKNOWN_SIGNALS } from '../../../protocol/signals.ts';
import type { Sensors } from '../../ports.ts';
import { linuxSensors } from './linux-sensors.ts';
import { loadPart } from './load.ts';
import { macosSensors } from './macos-sensors.ts';
import { memoryDiskPart } from './memory-disk.ts';
import { linuxProgramsPart } from './programs.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';
import { windowsSensors } from './windows-sensors.ts';

/** Several groups of sensors as one. What two of them know is taken from the later one. */
export function combineSensors(parts: readonly SensorPart[]): Sensors {
  return {
    read: () => parts.reduce<Signals>((signals, part) => ({ ...signals, ...part.read() }), UNKNOWN_SIGNALS),
    programs: () => parts.find((part) => part.programs !== undefined)?.programs?.() ?? null,
    onChange: (listener) => {
      const stops = parts.map((part) => part.onChange?.(listener));
      return () => stops.forEach((stop) => stop?.());
    },
    start: async (signal) => {
      for (const part of parts) await part.start?.(signal);
    },
    stop: async () => {
      for (const part of parts) await part.stop?.();
    },
  };
}

/** What only this system knows, and in its own way. */
function systemParts(parts: SensorParts): readonly SensorPart[] {
  switch (parts.platform ?? process.platform) {
    case 'linux':
      return [linuxProgramsPart(parts), linuxSensors(parts)];
    case 'darwin':
      return [macosSensors(parts)];
    case 'win32':
      return [windowsSensors(parts)];
    default:
      return [];
  }
}

/** The sensors that plain Node has on this system; Electron lays its own over them. */
export function hostSensors(parts: SensorParts): Sensors {
  return combineSensors([loadPart(parts), memoryDiskPart(parts), ...systemParts(parts)]);
}
