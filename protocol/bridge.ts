// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { activityItemSchema, snapshotSchema } from './agent-state.ts';
import { wireErrorSchema } from './errors.ts';
import { blobHashSchema, receiptIdSchema } from './ids.ts';
import { receiptProofSchema } from './ledger.ts';
import { settingSectionSchema, settingsPatchSchema } from './settings.ts';

const nothing = z.strictObject({});

export const pauseForSchema = z.enum(['15m', '1h', 'tomorrow', 'until_resumed']);
export type PauseFor = z.infer<typeof pauseForSchema>;

/** What a pause is of. */
export const pausedPartSchema = z.enum(['all', 'gpu']);
export type PausedPart = z.infer<typeof pausedPartSchema>;

/** The longest text of settings that is read. */
const LONGEST_SETTINGS = 50_000;

/**
 * What a view may ask of the agent: intents, never a command, path or URL. Preload, main's handlers, the
 * WebSocket of the headless host, the control socket of the CLI, the renderer's client and the tests' driver
 * are all derived from this.
 */
export const INTENTS = {
  /** The owner agreed on the first-run screen; also starts earning now for a while, so that it is seen to work. */
  acceptConsent: { request: nothing, response: nothing },
  pause: {
    request: z.strictObject({ for: pauseForSchema, of: pausedPartSchema.default('all') }),
    response: nothing,
  },
  /** Ends the pause of everything, GPU included, or of GPU work only. */
  resume: { request: z.strictObject({ of: pausedPartSchema.default('all') }), response: nothing },
  /** Earn whatever the owner does at the computer, for this long. Battery and limits still hold. */
  earnNow: { request: z.strictObject({ minutes: z.int().min(1).max(240) }), response: nothing },
  setSettings: { request: settingsPatchSchema, response: nothing },
  /** The settings as a text to keep, without consent and pauses. */
  exportSettings: { request: nothing, response: z.strictObject({ text: z.string() }) },
  /**
   * Takes settings over from such a text, also one of an earlier version. What it does not name stays as it is, and so
   * does what cannot be read, which is named in `bad`.
   */
  importSettings: {
    request: z.strictObject({ text: z.string().max(LONGEST_SETTINGS) }),
    response: z.strictObject({ bad: z.array(z.string()) }),
  },
  /** Back to the defaults: one section, or all of them. Consent and pauses stay. */
  resetSettings: {
    request: z.strictObject({ section: settingSectionSchema.optional() }),
    response: nothing,
  },
  /** Names of the programs that run now, for choosing some; null: cannot be known here. */
  runningPrograms: {
    request: nothing,
    response: z.strictObject({ programs: z.array(z.string()).nullable() }),
  },
  /** Network of one only: runs the example jobs once more. */
  practiceAgain: { request: nothing, response: nothing },
  /** Gives a module that was refused on this device another chance. */
  retryModule: { request: z.strictObject({ module: blobHashSchema }), response: nothing },
  /** What ended on this device, newest first: as much as is kept, where the snapshot has only the newest. */
  activity: {
    request: z.strictObject({ limit: z.int().min(1).max(1000) }),
    response: z.strictObject({ items: z.array(activityItemSchema) }),
  },
  /** The whole proof of one receipt, for looking at and for keeping. */
  receiptProof: { request: z.strictObject({ id: receiptIdSchema }), response: receiptProofSchema },
  /** The newest snapshot, for a view that has just opened. */
  snapshot: { request: nothing, response: snapshotSchema },
} as const;

/**
 * What only the owner's own programs may ask of a host, over the control socket; no view may.
 */
export const HOST_CALLS = {
  /** A fresh one-time address of the view; null where the host has a window of its own, which it shows. */
  openUrl: { request: nothing, response: z.strictObject({ url: z.url().nullable() }) },
  /** Ends the agent and everything that it started. */
  quit: { request: nothing, response: nothing },
} as const;
export type HostCallName = keyof typeof HOST_CALLS;
export type HostCallResponse<N extends HostCallName> = z.output<(typeof HOST_CALLS)[N]['response']>;

export type IntentName = keyof typeof INTENTS;
export type IntentRequest<N extends IntentName> = z.input<(typeof INTENTS)[N]['request']>;
export type IntentResponse<N extends IntentName> = z.output<(typeof INTENTS)[N]['response']>;

export const intentNameSchema = z.enum(Object.keys(INTENTS) as [IntentName, ...IntentName[]]);

/** The bridge as the renderer sees it: `window.lull` in Electron, a WebSocket in a browser. */
export interface Bridge {
  send<N extends IntentName>(name: N, request: IntentRequest<N>): Promise<IntentResponse<N>>;
  /** @returns a function that stops listening */
  onSnapshot(listener: (snapshot: z.output<typeof snapshotSchema>) => void): () => void;
  /** Says whether the agent can be reached at all. @returns a function that stops listening */
  onConnection(listener: (connected: boolean) => void): () => void;
}

/** One JSON text per WebSocket message, view → agent. */
export const bridgeCallSchema = z.strictObject({
  id: z.int().nonnegative(),
  name: intentNameSchema,
  request: z.unknown(),
});

/** One JSON text per line on the control socket, program → host. */
export const controlCallSchema = bridgeCallSchema.extend({
  name: z.enum([
    ...intentNameSchema.options,
    ...(Object.keys(HOST_CALLS) as [HostCallName, ...HostCallName[]]),
  ]),
});

/** Agent → view: the answer to a call, or a new snapshot. */
export const bridgeMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('answer'), id: z.int(), value: z.unknown() }),
  z.strictObject({ type: z.literal('error'), id: z.int(), error: wireErrorSchema }),
  z.strictObject({ type: z.literal('snapshot'), snapshot: snapshotSchema }),
]);
export type BridgeMessage = z.infer<typeof bridgeMessageSchema>;

/** Electron's channel names; the only two there are. */
export const IPC_CHANNELS = { call: 'lull:call', snapshot: 'lull:snapshot' } as const;
