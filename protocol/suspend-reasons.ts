// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { thermalStateSchema } from './signals.ts';

const mayEndAt = z.int().nonnegative().optional();
const percent = z.number().min(0).max(100);
const bytes = z.number().nonnegative();

/**
 * Why less than everything runs. Each reason carries the value that was seen and the threshold it crossed, so
 * that a view can say one true sentence; `mayEndAt` is ms since the epoch, where it can be known. `for` with the value
 * `gpu` means that only GPU work stands still.
 */
export const suspendReasonSchema = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('consent_needed') }),
  z.strictObject({ code: z.literal('shutting_down') }),
  /** a new version waits to be installed */
  z.strictObject({ code: z.literal('update_pending') }),
  z.strictObject({ code: z.literal('ledger_contradiction') }),
  z.strictObject({ code: z.literal('paused_by_user'), for: z.enum(['all', 'gpu']), mayEndAt }),
  /** the computer is about to sleep or to shut down */
  z.strictObject({ code: z.literal('going_to_sleep') }),
  z.strictObject({
    code: z.literal('user_active'),
    /** seconds since the last input; absent when it cannot be known */
    idleSeconds: z.number().nonnegative().optional(),
    thresholdSeconds: z.number().nonnegative(),
    /** the threshold is longer than the setting, because it cannot be known whether a film or a call is on */
    careful: z.boolean(),
    mayEndAt,
  }),
  z.strictObject({
    code: z.literal('on_battery'),
    percent: percent.optional(),
    /** it may run above this charge; absent: never on battery */
    abovePercent: percent.optional(),
  }),
  z.strictObject({ code: z.literal('power_unknown') }),
  z.strictObject({ code: z.literal('power_saver') }),
  /** `leaves`: the share of the limit that may still be used, 0 or 50 % */
  z.strictObject({ code: z.literal('too_hot'), thermal: thermalStateSchema, leaves: percent }),
  z.strictObject({ code: z.literal('heat_unknown'), mostPercent: percent }),
  z.strictObject({ code: z.literal('cpu_slowed'), speedPercent: percent, thresholdPercent: percent }),
  z.strictObject({
    code: z.literal('others_busy'),
    /** absent when it cannot be known */
    percent: percent.optional(),
    thresholdPercent: percent,
  }),
  z.strictObject({ code: z.literal('full_screen') }),
  z.strictObject({ code: z.literal('presentation') }),
  z.strictObject({ code: z.literal('call'), device: z.enum(['microphone', 'camera']) }),
  z.strictObject({
    code: z.literal('exclusive_app'),
    /** the program's name; absent when running programs cannot be known */
    app: z.string().max(200).optional(),
  }),
  z.strictObject({ code: z.literal('off_schedule'), mayEndAt }),
  z.strictObject({
    code: z.literal('power_price'),
    /** in the owner's currency, per kWh; absent when no price is set */
    pricePerKwh: z.number().optional(),
    mostPricePerKwh: z.number(),
    mayEndAt,
  }),
  z.strictObject({
    code: z.literal('at_a_loss'),
    /** in the owner's currency per hour; absent when it cannot be known */
    earnsPerHour: z.number().optional(),
    costsPerHour: z.number().optional(),
    mayEndAt,
  }),
  z.strictObject({ code: z.literal('metered_network'), known: z.boolean() }),
  z.strictObject({ code: z.literal('network_quota'), usedBytes: bytes, quotaBytes: bytes, mayEndAt }),
  z.strictObject({ code: z.literal('disk_low'), freeBytes: bytes, keepFreeBytes: bytes }),
  z.strictObject({ code: z.literal('memory_low'), freeBytes: bytes.optional(), keepFreeBytes: bytes }),
  /** an automatic rule has just ended; waiting so that it does not flap */
  z.strictObject({ code: z.literal('settling'), mayEndAt }),
  z.strictObject({
    code: z.literal('limit_is_zero'),
    for: z.enum(['cpu', 'gpu']),
    profile: z.enum(['away', 'in_use']),
  }),
  z.strictObject({ code: z.literal('offline'), since: z.int().nonnegative() }),
  z.strictObject({
    code: z.literal('nothing_to_do'),
    detail: z.enum(['nothing_to_do', 'already_did_all', 'needs_more_memory', 'needs_module_kind']),
  }),
]);
export type SuspendReason = z.infer<typeof suspendReasonSchema>;
export type SuspendCode = SuspendReason['code'];
