// SPDX-License-Identifier: MIT
import { z } from 'zod';

const whole = z.string().regex(/^\d{1,20}$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** A file as a module has it open. */
const openFileStateSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['stdout', 'stderr', 'root']) }),
  z.strictObject({ kind: z.literal('stdin'), offset: whole }),
  z.strictObject({ kind: z.literal('file'), path: z.string(), offset: whole }),
  z.strictObject({ kind: z.literal('folder'), path: z.string() }),
]);
export type OpenFileState = z.infer<typeof openFileStateSchema>;

/** What a module could notice of its WASI host, besides its fuel. */
const wasiStateSchema = z.strictObject({
  /** by file descriptor; null where it is closed */
  files: z.array(openFileStateSchema.nullable()).max(1024),
  sleptNs: whole,
  randomBytes: whole,
});
export type WasiState = z.infer<typeof wasiStateSchema>;

/** All of a stepped task between two steps, but for its memory's bytes. */
const machineStateSchema = z.strictObject({
  /** steps done */
  steps: z.int().nonnegative(),
  progressPermille: z.int().min(0).max(999),
  /** the module's counter, and the units that the gauge has handed out: what comes later is cut into the same quanta */
  fuel: z.strictObject({ left: z.string().regex(/^-?\d{1,19}$/), granted: whole }),
  memoryBytes: z.int().nonnegative(),
  /** mutable globals by the name that the meter exports them by; their bits as an unsigned number */
  globals: z.array(z.strictObject({ name: z.string(), bits: whole })).max(1000),
  wasi: wasiStateSchema,
  /** the end of what was written for people, base64 */
  diagnostics: z.string().max(65_536),
});
export type MachineState = z.infer<typeof machineStateSchema>;

/** How a snapshot file begins: whose it is, what it follows, and everything but the pages. */
export const snapshotHeaderSchema = z.strictObject({
  format: z.literal(1),
  /** METER_VERSION: another meter counts other fuel */
  meter: z.int(),
  /** SHA-256 of the module */
  module: hash,
  /** SHA-256 over everything that decides the task's output: see `taskIdentity` */
  task: hash,
  /** SHA-256 of the file that this one only names the changes of; null: a base, which needs no other */
  parent: hash.nullable(),
  state: machineStateSchema,
});
export type SnapshotHeader = z.infer<typeof snapshotHeaderSchema>;
