// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { blobHashSchema, jobIdSchema, taskIdSchema } from './ids.ts';
import { fuelTextSchema, microTextSchema } from './money.ts';

const MIB = 1024 * 1024;

/** What a task runs as. `wasi`: a WASI preview 1 command. `stepped`: see worker/README.md for its exports. */
export const moduleKindSchema = z.enum(['wasi', 'stepped']);
export type ModuleKind = z.infer<typeof moduleKindSchema>;

export const purposeSchema = z.enum(['science', 'ai', 'rendering', 'data', 'finance', 'other']);
export type Purpose = z.infer<typeof purposeSchema>;

export const blobRefSchema = z.strictObject({ hash: blobHashSchema, size: z.int().nonnegative() });
export type BlobRef = z.infer<typeof blobRefSchema>;

/** A path inside the task's own in-memory file system: relative, without `..`. */
export const taskPathSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0\\]+$/, 'expected a relative path without ".."');

/** The most a job may ask of a device. */
export const LIMITS_MAX = {
  fuel: 10n ** 15n,
  memoryBytes: 4096 * MIB,
  outputBytes: 256 * MIB,
  wallMs: 24 * 3_600_000,
  moduleBytes: 64 * MIB,
  tasks: 100_000,
} as const;

/** What one task may use at most. More ends the attempt by the module's own fault. */
export const taskLimitsSchema = z.strictObject({
  /** units of fuel */
  fuel: fuelTextSchema.refine((text) => BigInt(text) > 0n && BigInt(text) <= LIMITS_MAX.fuel, {
    message: 'expected between 1 and 10^15 units of fuel',
  }),
  memoryBytes: z.int().min(65_536).max(LIMITS_MAX.memoryBytes),
  outputBytes: z.int().min(1).max(LIMITS_MAX.outputBytes),
  /** wall-clock time that a device gives one attempt, pauses not counted, ms */
  wallMs: z.int().min(1000).max(LIMITS_MAX.wallMs),
});
export type TaskLimits = z.infer<typeof taskLimitsSchema>;

export const taskFileSchema = z.strictObject({ path: taskPathSchema, blob: blobRefSchema });

const argumentSchema = z.string().max(4096);

/** What one task works on. `{index}` and `{count}` in an argument become the task's own numbers. */
export const taskInputSchema = z.strictObject({
  /** stdin of a `wasi` module, the input of a `stepped` one; empty when absent */
  input: blobRefSchema.optional(),
});
export type TaskInput = z.infer<typeof taskInputSchema>;

/** A task as a device gets it: everything that decides its output, and nothing else. */
export const taskSpecSchema = z.strictObject({
  kind: moduleKindSchema,
  module: blobRefSchema,
  args: z.array(argumentSchema).max(64),
  input: blobRefSchema.optional(),
  files: z.array(taskFileSchema).max(64),
  index: z.int().nonnegative(),
  count: z.int().positive(),
  /** unsigned 64-bit decimal: the only entropy that the module gets */
  seed: fuelTextSchema.refine((text) => BigInt(text) < 2n ** 64n, {
    message: 'expected an unsigned 64-bit number',
  }),
  limits: taskLimitsSchema,
});
export type TaskSpec = z.infer<typeof taskSpecSchema>;

const U64 = (1n << 64n) - 1n;

/**
 * The seed of one task: the job's seed and the task's index through the finaliser of SplitMix64 (Steele, Lea,
 * Flood 2014), so that tasks of one job, and of jobs with neighbouring seeds, draw independent numbers.
 * @param jobSeed unsigned 64-bit decimal
 * @param index 0-based
 */
export function taskSeed(jobSeed: string, index: number): string {
  let z = (BigInt(jobSeed) + BigInt(index + 1) * 0x9e3779b97f4a7c15n) & U64;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & U64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & U64;
  return String(z ^ (z >> 31n));
}

/** How results become one output: end to end, or by a module that gets them all (run by the requester). */
export const mergeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('concat') }),
  z.strictObject({
    kind: z.literal('module'),
    moduleKind: moduleKindSchema,
    module: blobRefSchema,
    args: z.array(argumentSchema).max(64),
  }),
]);
export type Merge = z.infer<typeof mergeSchema>;

/** A job as it is submitted: blobs already uploaded, the requester named by the request's signature. */
export const jobSubmissionSchema = z.strictObject({
  /** made by the client; a second submission with the same key answers with the first one's job */
  requestKey: z.uuid(),
  name: z.string().min(1).max(100),
  description: z.string().max(2000),
  purpose: purposeSchema,
  moduleKind: moduleKindSchema,
  module: blobRefSchema,
  args: z.array(argumentSchema).max(64),
  files: z.array(taskFileSchema).max(64),
  tasks: z.array(taskInputSchema).min(1).max(LIMITS_MAX.tasks),
  /** each task gets a seed of its own made from this: see `taskSeed` */
  seed: taskSpecSchema.shape.seed,
  limits: taskLimitsSchema,
  quorum: z.int().min(1).max(7),
  /** micro-credits per 10⁹ units of fuel, for each agreeing result */
  pricePerGigafuel: microTextSchema,
  /** the job ends this long after its submission, finished or not, ms */
  deadlineMs: z
    .int()
    .min(10_000)
    .max(90 * 86_400_000),
  merge: mergeSchema,
});
export type JobSubmission = z.infer<typeof jobSubmissionSchema>;

/**
 * How a task ended by the module's own doing: the same on every device, so a quorum can agree on it.
 * What a device does wrong (no memory, killed) is never an outcome: the attempt is returned instead.
 */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('completed') }),
  z.strictObject({
    kind: z.literal('failed'),
    code: z.enum([
      'trap',
      'out_of_fuel',
      'out_of_stack',
      'out_of_memory',
      'output_too_large',
      'bad_exit',
      'invalid_module',
    ]),
    /** for people; not compared by a quorum */
    message: z.string().max(1000),
  }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

export const jobStateSchema = z.enum(['running', 'completed', 'failed', 'cancelled', 'expired']);
export type JobState = z.infer<typeof jobStateSchema>;

export const jobStatusSchema = z.strictObject({
  id: jobIdSchema,
  name: z.string(),
  description: z.string(),
  purpose: purposeSchema,
  state: jobStateSchema,
  quorum: z.int(),
  createdAt: z.int(),
  deadlineAt: z.int(),
  endedAt: z.int().optional(),
  tasks: z.strictObject({
    total: z.int(),
    waiting: z.int(),
    running: z.int(),
    completed: z.int(),
    failed: z.int(),
  }),
  pricePerGigafuel: microTextSchema,
  /** micro-credits put aside at submission, paid so far (fee included), given back */
  escrowed: microTextSchema,
  paid: microTextSchema,
  refunded: microTextSchema,
  fuel: fuelTextSchema,
  merge: mergeSchema,
});
export type JobStatus = z.infer<typeof jobStatusSchema>;

/** One decided task of a job. */
export const taskResultSchema = z.strictObject({
  task: taskIdSchema,
  index: z.int().nonnegative(),
  outcome: outcomeSchema,
  output: blobRefSchema,
  fuel: fuelTextSchema,
  /** how many results agreed */
  agreed: z.int().positive(),
});
export type TaskResult = z.infer<typeof taskResultSchema>;
