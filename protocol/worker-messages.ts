// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { moduleKindSchema, outcomeSchema, taskLimitsSchema } from './job.ts';
import { fuelTextSchema } from './money.ts';
import { PIECE_BYTES } from './pieces.ts';

const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');
const pieceSchema = bytesSchema.refine(({ length }) => length > 0 && length <= PIECE_BYTES, {
  message: 'expected between 1 byte and 1 MiB',
});

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

/** What a worker sends in pieces: the output as it is produced, and snapshots for checkpoints. */
export const streamSchema = z.enum(['output', 'snapshot']);
export type StreamName = z.infer<typeof streamSchema>;

/** How a task is to be checkpointed. */
const checkpointOrderSchema = z.strictObject({
  /** computing time between two checkpoints, the length of a step included, ms */
  everyMs: z.int().positive(),
  /** snapshot files to go on from: a base and its deltas; none: from the beginning */
  resume: z.array(bytesSchema).max(1000),
});

/** Agent → worker. One `run` in the life of a worker process. */
export const toWorkerSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run'),
    task: workerTaskSchema,
    control: slotControlSchema,
    checkpoints: checkpointOrderSchema.optional(),
    /** what a worker said when it had proved the same module before */
    provedBy: z.string().optional(),
  }),
  /** the last piece was taken: another one may come */
  z.strictObject({ type: z.literal('taken'), stream: streamSchema }),
  /** a checkpoint is wanted now: at the end of the present step, or what is half done if parked */
  z.strictObject({ type: z.literal('checkpoint') }),
  /** what became of the snapshot that was sent last */
  z.strictObject({ type: z.literal('checkpointed'), kept: z.boolean() }),
  z.strictObject({ type: z.literal('control'), control: slotControlSchema }),
  /** How far is it? Never while parked: nothing but this makes a worker say so. */
  z.strictObject({ type: z.literal('ask') }),
]);
export type ToWorker = z.infer<typeof toWorkerSchema>;

/** Worker → agent. Parsed on arrival: the worker runs strangers' code and is not believed. */
export const fromWorkerSchema = z.discriminatedUnion('type', [
  /** once; says whether Node's permission model holds in this process */
  z.strictObject({ type: z.literal('ready'), permissions: z.boolean() }),
  /** once for every `ask`, and once on every change of `parked` */
  z.strictObject({
    type: z.literal('progress'),
    progressPermille: z.int().min(0).max(1000),
    fuel: fuelTextSchema,
    cpuMs: z.number().nonnegative(),
    /** of the module, the most so far: it never shrinks */
    memoryBytes: z.int().nonnegative(),
    /** memory of the whole process, as far as it knows */
    processBytes: z.int().nonnegative(),
    /** how often the computing thread has looked at its control block; wraps around */
    breaths: z.int(),
    parked: z.boolean(),
  }),
  /** once, before `begun`: the module can be interrupted at any time, as these versions of meter and checker found */
  z.strictObject({ type: z.literal('proved'), by: z.string().min(1).max(100) }),
  /** once, before the first step */
  z.strictObject({
    type: z.literal('begun'),
    /** whether it goes on from the checkpoint that it was given */
    resumed: z.boolean(),
    /** why not, when it was given one: one sentence */
    notResumed: z.string().max(1000).optional(),
    /** why no checkpoints are made of it: one sentence */
    refused: z.string().max(1000).optional(),
  }),
  /** No more checkpoints are made: one sentence why. */
  z.strictObject({ type: z.literal('checkpoints_refused'), why: z.string().max(1000) }),
  /** never more than one that was not answered by `taken` */
  z.strictObject({ type: z.literal('piece'), stream: streamSchema, bytes: pieceSchema }),
  /** pieces of a snapshot follow, and then `snapshot_end`; never two at a time */
  z.strictObject({
    type: z.literal('snapshot'),
    kind: z.enum(['base', 'delta']),
    /** CPU time of the process when it was taken, ms */
    cpuMs: z.number().nonnegative(),
  }),
  z.strictObject({ type: z.literal('snapshot_end') }),
  z.strictObject({
    type: z.literal('finished'),
    outcome: outcomeSchema,
    /** how much output was sent; 0 unless completed */
    outputBytes: z.int().nonnegative(),
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
export type FinishedMessage = Extract<FromWorker, { type: 'finished' }>;
/** A finished task with the output that came before. */
export type FinishedTask = Omit<FinishedMessage, 'outputBytes'> & { readonly output: Uint8Array };
