// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { moduleKindSchema, purposeSchema, taskPathSchema } from './job.ts';

/** A time span that a person writes: `45s`, `15m`, `2h`, `3d`. @returns ms */
export const durationSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(s|m|h|d)$/, 'expected a duration like 45s, 15m, 2h or 3d')
  .transform((text) => {
    const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1) as 's' | 'm' | 'h' | 'd'];
    return Number(text.slice(0, -1)) * unit;
  });

const sizeMiB = z.number().positive().max(4096);
const localPath = z.string().min(1).max(1000);

/** Where a job's tasks come from: one task a file, one a piece of a file, or the same input many times. */
const tasksSchema = z.union([
  z.strictObject({ glob: localPath }),
  z.strictObject({
    split: z.strictObject({
      file: localPath,
      /** one task per this many lines */
      lines: z.int().positive().optional(),
      /** one task per this many bytes */
      bytes: z.int().positive().optional(),
    }),
  }),
  z.strictObject({ repeat: z.int().positive().max(100_000), input: localPath.optional() }),
]);

/**
 * `job.json`: what a requester writes by hand. Paths are relative to the file. Amounts are in credits,
 * sizes in MiB, as a person would say them.
 */
export const jobFileSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1).max(100),
  description: z.string().max(2000).default(''),
  purpose: purposeSchema.default('other'),
  module: z.strictObject({ kind: moduleKindSchema, path: localPath }),
  args: z.array(z.string().max(4096)).max(64).default([]),
  /** files that every task sees, by their path inside the task */
  files: z
    .array(z.strictObject({ path: taskPathSchema, from: localPath }))
    .max(64)
    .default([]),
  tasks: tasksSchema,
  seed: z.int().nonnegative().default(1),
  quorum: z.int().min(1).max(7).default(2),
  /** credits per 10⁹ units of fuel, e.g. "0.002" */
  pricePerGigafuel: z
    .string()
    .regex(/^[0-9]{1,12}(\.[0-9]{1,6})?$/, 'expected credits like "0.002", at most six decimals'),
  deadline: durationSchema.prefault('1d'),
  limits: z
    .strictObject({
      /** 10⁹ units of fuel for one task */
      gigafuel: z.number().positive().max(1_000_000).default(100),
      memoryMiB: sizeMiB.default(256),
      outputMiB: z.number().positive().max(256).default(16),
      wall: durationSchema.prefault('1h'),
    })
    .prefault({}),
  merge: z
    .union([
      z.strictObject({ kind: z.literal('concat') }),
      z.strictObject({
        kind: z.literal('module'),
        module: z.strictObject({ kind: moduleKindSchema, path: localPath }),
        args: z.array(z.string().max(4096)).max(64).default([]),
      }),
    ])
    .default({ kind: 'concat' }),
  /** file name that `lull submit` gives the merged output by default */
  output: z
    .string()
    .regex(/^[^/\\]{1,100}$/, 'expected a file name')
    .default('output.bin'),
});
export type JobFile = z.output<typeof jobFileSchema>;
