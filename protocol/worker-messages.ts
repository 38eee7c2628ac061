// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { moduleKindSchema, outcomeSchema, taskLimitsSchema } from './job.ts';
import { fuelTextSchema } from './money.ts';

const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');

/** How a slot may run now. */
export const slotControlSchema = z.strictObject({
  parked: z.boolean(),
  /** share of wall time the slot may compute, % */
  dutyPercent: z.number().min(1).max(100),
  /** where in a period of the cap it begins, 0..1, so that slots take turns; 0 when absent */
  phase: z.number().min(0).max(1).optional(),
});
export type SlotControl = z.infer<typeof slotControlSchema>;

/** A task with its bytes, as the worker gets it. */
export const workerTaskSchema = z.strictObject({
  kind: moduleKindSchema,
  module: bytesSchema,
  args: z.array(z.string()),
  input: bytesSchema,
  files: z.array(z.strictObject({ path: z.string(), bytes: bytesSchema })),
  index: z.int().nonnegative(),
  count: z.int().positive(),
  seed: fuelTextSchema,
  limits: taskLimitsSchema,
});
export type WorkerTask = z.infer<typeof workerTaskSchema>;

/** Agent → worker. One `run` in the life of a worker process. */
export const toWorkerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('run'), task: workerTaskSchema, control: slotControlSchema }),
  z.strictObject({ type: z.literal('control'), control: slotControlSchema }),
  z.strictObject({ type: z.literal('ping'), id: z.int() }),
]);
export type ToWorker = z.infer<typeof toWorkerSchema>;

/** Worker → agent. Parsed on arrival: the worker runs strangers' code and is not believed. */
export const fromWorkerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('pong'), id: z.int() }),
  /** at most four a second while running, and once on every change of `parked` */
  z.strictObject({
    type: z.literal('progress'),
    progressPermille: z.int().min(0).max(1000),
    fuel: fuelTextSchema,
    cpuMs: z.number().nonnegative(),
    parked: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('finished'),
    outcome: outcomeSchema,
    output: bytesSchema,
    /** the end of what the module wrote to stderr, for people */
    diagnostics: z.string().max(16_384),
    fuel: fuelTextSchema,
    cpuMs: z.number().nonnegative(),
    peakMemoryBytes: z.int().nonnegative(),
  }),
  /** this device's fault: the attempt can be given back */
  z.strictObject({ type: z.literal('device_fault'), message: z.string().max(1000) }),
]);
export type FromWorker = z.infer<typeof fromWorkerSchema>;
export type FinishedTask = Extract<FromWorker, { type: 'finished' }>;
