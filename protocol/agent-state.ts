// SPDX-License-Identifier: MIT
import { z } from 'zod';

import {
  accountIdSchema,
  attemptIdSchema,
  blobHashSchema,
  deviceIdSchema,
  receiptIdSchema,
  taskIdSchema,
} from './ids.ts';
import { outcomeSchema, purposeSchema } from './job.ts';
import { fuelTextSchema, microTextSchema } from './money.ts';
import { passportSchema } from './passport.ts';
import { settingsSchema } from './settings.ts';
import { signalsSchema } from './signals.ts';
import { suspendReasonSchema } from './suspend-reasons.ts';

/** What the policy says now. */
export const runDecisionSchema = z.strictObject({
  /** how many tasks may run at a time */
  slots: z.int().nonnegative(),
  /** share of wall time that each slot may compute, %, 0 when nothing runs */
  cpuDutyPercent: z.number().min(0).max(100),
  /** share of wall time that GPU work may take, %, 0 when none runs */
  gpuDutyPercent: z.number().min(0).max(100),
  /** share of all memory that tasks may use together, % */
  memoryPercent: z.number().min(0).max(100),
  /** false: what is parked gives its memory back, once it is checkpointed */
  keepsMemory: z.boolean(),
  /** false: nothing is fetched from the network, though what is here may run */
  mayFetch: z.boolean(),
  /** the computer is asked to stay awake for this work */
  keepAwake: z.boolean(),
  profile: z.enum(['away', 'in_use']),
  /** why less than everything runs, most important first */
  reasons: z.array(suspendReasonSchema),
});
export type RunDecision = z.infer<typeof runDecisionSchema>;

/** One word for the whole, as the ring shows it. */
export const overallStateSchema = z.enum(['earning', 'waiting', 'paused', 'offline', 'needs_you']);
export type OverallState = z.infer<typeof overallStateSchema>;

/** What would be lost of a task if its worker, Lull or the computer ended now. */
export const slotCheckpointSchema = z.strictObject({
  /** computing time since the last checkpoint on the disk, or since the task began, ms */
  atRiskMs: z.number().nonnegative(),
  /** when the last checkpoint had reached the disk; null: none yet */
  savedAt: z.int().nullable(),
  /** what its files take of the disk, bytes */
  bytes: z.int().nonnegative(),
  /** whether this task went on from a checkpoint instead of beginning anew */
  resumed: z.boolean(),
  /** why no checkpoints are made of it: one sentence; absent while they are, or while that is not known yet */
  refused: z.string().max(1000).optional(),
});
export type SlotCheckpoint = z.infer<typeof slotCheckpointSchema>;

export const slotStateSchema = z.strictObject({
  attempt: attemptIdSchema,
  task: taskIdSchema,
  jobName: z.string(),
  purpose: purposeSchema,
  state: z.enum(['fetching', 'running', 'parked']),
  progressPermille: z.int().min(0).max(1000),
  fuel: fuelTextSchema,
  /** what is known so far */
  passport: passportSchema,
  /** process that runs it; null before it starts */
  pid: z.int().nullable(),
  checkpoint: slotCheckpointSchema,
});
export type SlotState = z.infer<typeof slotStateSchema>;

/** An earned receipt as the views list it. */
export const receiptSummarySchema = z.strictObject({
  id: receiptIdSchema,
  jobName: z.string(),
  task: taskIdSchema,
  amount: microTextSchema,
  fuel: fuelTextSchema,
  at: z.int(),
  /** checked by this computer: signature, entry, inclusion in the log */
  verified: z.boolean(),
});
export type ReceiptSummary = z.infer<typeof receiptSummarySchema>;

/** An attempt that has ended here, one way or another. */
export const activityItemSchema = z.strictObject({
  attempt: attemptIdSchema,
  at: z.int(),
  task: taskIdSchema,
  jobName: z.string(),
  result: z.union([outcomeSchema, z.strictObject({ kind: z.literal('lost'), reason: z.string() })]),
  fuel: fuelTextSchema,
  cpuMs: z.number(),
  /** absent where it was not recorded: before version 2 of the agent */
  passport: passportSchema.optional(),
});
export type ActivityItem = z.infer<typeof activityItemSchema>;

/** Something that needs the owner, or that the owner should know: a sentence that says what to do. */
export const problemSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  at: z.int(),
});

/**
 * A module that is not run on this device any more, because it failed here three times. `retryModule` gives it
 * another chance; so does a new version of Lull.
 */
export const refusedModuleSchema = z.strictObject({
  module: blobHashSchema,
  jobName: z.string(),
  /** whose program it is */
  publisher: accountIdSchema,
  /** what its last fault was */
  reason: z.string(),
  at: z.int(),
});
export type RefusedModule = z.infer<typeof refusedModuleSchema>;

/** What keeps a task's process apart on this computer, besides that WebAssembly itself can reach nothing. */
export const sandboxSchema = z.strictObject({
  /** the operating system gives the process no network */
  network: z.boolean(),
  /** Node's permission model keeps the process off files and from starting others */
  files: z.boolean(),
  /** both, as a sentence for people */
  message: z.string(),
});
export type Sandbox = z.infer<typeof sandboxSchema>;

/** Where the keys are kept. `file_permissions`: a file that only this user may read, not encrypted. */
export const keychainKindSchema = z.enum(['system', 'file_passphrase', 'file_permissions']);

/** Electricity that Lull's work took over some time. Prices and values are the owner's own estimates. */
const energySumSchema = z.strictObject({
  wattHours: z.number().nonnegative(),
  /** in the owner's currency; null: no price is set */
  cost: z.number().nonnegative().nullable(),
  /** earnings less electricity, in the owner's currency; null: no price or value of a credit is set, or it is practice */
  net: z.number().nullable(),
  co2Grams: z.number().nonnegative(),
});

/** What work costs in electricity. */
export const energySchema = z.strictObject({
  /** what Lull's work draws now, W */
  watts: z.number().nonnegative(),
  /** measured by the processor, measured at the battery, or estimated from the processor's rated power */
  method: z.enum(['processor', 'battery', 'estimate']),
  /** how far off it may be, % either way */
  errorPercent: z.number().nonnegative(),
  today: energySumSchema,
  last7Days: energySumSchema,
  last30Days: energySumSchema,
});
export type Energy = z.infer<typeof energySchema>;

/** The one snapshot that every view renders. Published whole; nothing is derived twice. */
export const agentStateSchema = z.strictObject({
  at: z.int(),
  host: z.strictObject({ kind: z.enum(['electron', 'headless']), software: z.string(), pid: z.int() }),
  consent: z.enum(['needed', 'given']),
  overall: overallStateSchema,
  decision: runDecisionSchema,
  signals: signalsSchema,
  settings: settingsSchema,
  /** logical processors of this computer */
  threads: z.int().positive(),
  /** graphics processors that tasks could use */
  gpus: z.int().nonnegative(),
  energy: energySchema,
  network: z.strictObject({
    kind: z.enum(['this_computer', 'remote']),
    url: z.string(),
    name: z.string(),
    practice: z.boolean(),
    connection: z.enum(['connecting', 'online', 'offline']),
    /** one sentence, when not online */
    message: z.string().optional(),
  }),
  device: deviceIdSchema,
  account: accountIdSchema,
  keychain: keychainKindSchema,
  /** earning now whatever the owner does at the computer, until then (ms since the epoch); null: no */
  earnNowUntil: z.int().nullable(),
  slots: z.array(slotStateSchema),
  earnings: z.strictObject({
    today: microTextSchema,
    last7Days: microTextSchema,
    last30Days: microTextSchema,
    lifetime: microTextSchema,
    /** results reported, waiting for a quorum */
    verifying: z.int().nonnegative(),
    /** results that wait here to be sent */
    unsent: z.int().nonnegative(),
    receipts: z.int().nonnegative(),
  }),
  /** newest first, at most 50 */
  receipts: z.array(receiptSummarySchema).max(50),
  /** newest first, at most 50 */
  activity: z.array(activityItemSchema).max(50),
  ledger: z.strictObject({
    /** leaves of the newest head that this computer has checked against all earlier ones */
    size: z.int().nonnegative(),
    checkedAt: z.int().nullable(),
    trusted: z.boolean(),
  }),
  sandbox: sandboxSchema,
  /** newest first, at most 50 */
  refusedModules: z.array(refusedModuleSchema).max(50),
  problems: z.array(problemSchema),
});
export type AgentState = z.infer<typeof agentStateSchema>;

/** `revision` grows by one with each published state. */
export const snapshotSchema = z.strictObject({ revision: z.int().nonnegative(), state: agentStateSchema });
export type Snapshot = z.infer<typeof snapshotSchema>;
