// SPDX-License-Identifier: MIT
import { z } from 'zod';

const mayEndAt = z.int().nonnegative().optional();

/**
 * Why less than everything runs. Each reason carries the value that was seen and the threshold it crossed, so
 * that a view can say one true sentence; `mayEndAt` is ms since the epoch, where it can be known.
 */
export const suspendReasonSchema = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('consent_needed') }),
  z.strictObject({ code: z.literal('paused_by_user'), mayEndAt }),
  z.strictObject({
    code: z.literal('user_active'),
    /** seconds since the last input; absent when it cannot be known */
    idleSeconds: z.number().nonnegative().optional(),
    thresholdSeconds: z.number().nonnegative(),
    mayEndAt,
  }),
  z.strictObject({ code: z.literal('on_battery'), percent: z.number().min(0).max(100).optional() }),
  z.strictObject({ code: z.literal('power_unknown') }),
  /** an automatic rule has just ended; waiting so that it does not flap */
  z.strictObject({ code: z.literal('settling'), mayEndAt }),
  z.strictObject({ code: z.literal('limit_is_zero'), profile: z.enum(['away', 'in_use']) }),
  z.strictObject({ code: z.literal('offline'), since: z.int().nonnegative() }),
  z.strictObject({
    code: z.literal('nothing_to_do'),
    detail: z.enum(['nothing_to_do', 'already_did_all', 'needs_more_memory', 'needs_module_kind']),
  }),
  z.strictObject({
    code: z.literal('disk_low'),
    freeBytes: z.number().nonnegative(),
    keepFreeBytes: z.number().nonnegative(),
  }),
  z.strictObject({ code: z.literal('ledger_contradiction') }),
  z.strictObject({ code: z.literal('shutting_down') }),
]);
export type SuspendReason = z.infer<typeof suspendReasonSchema>;
export type SuspendCode = SuspendReason['code'];
