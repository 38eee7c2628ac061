// SPDX-License-Identifier: MIT
import { z } from 'zod';

/**
 * Raw 32-byte Ed25519 public key as base64url without padding (43 characters). The last character must have its
 * two spare bits clear: otherwise one key would have four names, and so four ids.
 */
export const publicKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'expected an Ed25519 public key in base64url');
export type PublicKey = z.infer<typeof publicKeySchema>;

/** 64-byte Ed25519 signature as base64url without padding (86 characters), its four spare bits clear. */
export const signatureSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{85}[AQgw]$/, 'expected an Ed25519 signature in base64url');

/** A device is named by its own public key: ids need no table and cannot be taken by another. */
export const deviceIdSchema = publicKeySchema.brand('DeviceId');
export type DeviceId = z.infer<typeof deviceIdSchema>;

/** An account is named by its own public key. */
export const accountIdSchema = publicKeySchema.brand('AccountId');
export type AccountId = z.infer<typeof accountIdSchema>;

/** Lower-case hex SHA-256: the name of a blob. */
export const blobHashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex')
  .brand('BlobHash');
export type BlobHash = z.infer<typeof blobHashSchema>;

const prefixed = (prefix: string): z.ZodString =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-z-]{8,40}$`), `expected an id that starts with ${prefix}_`);

export const jobIdSchema = prefixed('job').brand('JobId');
export type JobId = z.infer<typeof jobIdSchema>;

/** `<job id>.<index>`, so a task's name says whose it is. */
export const taskIdSchema = z
  .string()
  .regex(/^job_[0-9a-z-]{8,40}\.(0|[1-9][0-9]{0,8})$/, 'expected a task id: <job id>.<index>')
  .brand('TaskId');
export type TaskId = z.infer<typeof taskIdSchema>;

export const attemptIdSchema = prefixed('att').brand('AttemptId');
export type AttemptId = z.infer<typeof attemptIdSchema>;

export const receiptIdSchema = prefixed('rcp').brand('ReceiptId');
export type ReceiptId = z.infer<typeof receiptIdSchema>;

/** @param index 0-based position of the task in its job. */
export const taskIdOf = (job: JobId, index: number): TaskId => taskIdSchema.parse(`${job}.${index}`);
