// SPDX-License-Identifier: MIT
import { z } from 'zod';

/** How hot the computer says it is, from cool to about to slow down or switch off. */
export const thermalStateSchema = z.enum(['nominal', 'fair', 'serious', 'critical']);
export type ThermalState = z.infer<typeof thermalStateSchema>;

/**
 * What the sensors say. `null`: cannot be known here, which the policy treats as the careful case. Where there is
 * nothing to sense (no battery, no graphical session and so no full screen), that is known: `false`.
 */
export const signalsSchema = z.strictObject({
  /** since the last key, mouse or touch of anybody at this computer, s */
  idleSeconds: z.number().nonnegative().nullable(),
  /** whether every session of a person at this computer is locked */
  screenLocked: z.boolean().nullable(),
  onBattery: z.boolean().nullable(),
  /** of the emptiest battery, %; null also where there is none */
  batteryPercent: z.number().min(0).max(100).nullable(),
  /** the owner asked the system to save power */
  powerSaver: z.boolean().nullable(),
  thermal: thermalStateSchema.nullable(),
  /** what the system lets the processor run at for heat or power, % of its speed */
  cpuSpeedPercent: z.number().min(0).max(100).nullable(),
  /** processor time of everything but Lull and its workers over the last seconds, % of all threads */
  othersCpuPercent: z.number().min(0).max(100).nullable(),
  fullScreen: z.boolean().nullable(),
  /** a presentation, a film, or whatever else asked the system to keep the screen on */
  presentation: z.boolean().nullable(),
  microphoneInUse: z.boolean().nullable(),
  cameraInUse: z.boolean().nullable(),
  /** the connection is paid by volume */
  metered: z.boolean().nullable(),
  /** memory that programs could still take without swapping, bytes */
  freeMemoryBytes: z.number().nonnegative().nullable(),
  /** on the disk that holds Lull's data, bytes */
  freeDiskBytes: z.number().nonnegative().nullable(),
  /** the computer is about to sleep or to shut down */
  goingToSleep: z.boolean().nullable(),
});
export type Signals = z.infer<typeof signalsSchema>;
export type SignalName = keyof Signals;

/** Nothing is known. */
export const UNKNOWN_SIGNALS: Signals = {
  idleSeconds: null,
  screenLocked: null,
  onBattery: null,
  batteryPercent: null,
  powerSaver: null,
  thermal: null,
  cpuSpeedPercent: null,
  othersCpuPercent: null,
  fullScreen: null,
  presentation: null,
  microphoneInUse: null,
  cameraInUse: null,
  metered: null,
  freeMemoryBytes: null,
  freeDiskBytes: null,
  goingToSleep: null,
};
