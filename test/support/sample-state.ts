// SPDX-License-Identifier: MIT
import { type AgentState, agentStateSchema, type Snapshot } from '../../protocol/agent-state.ts';
import { accountIdSchema, blobHashSchema, deviceIdSchema } from '../../protocol/ids.ts';
import { type Passport, passportSchema } from '../../protocol/passport.ts';
import { DEFAULT_SETTINGS } from '../../protocol/settings.ts';

/** Noon, where no zone of the tests changes the day. */
export const SAMPLE_NOW = Date.UTC(2026, 10, 22, 12);

/** What is known of a task that took four seconds a minute ago. */
export const samplePassport = (changes: Partial<Passport> = {}): Passport =>
  passportSchema.parse({
    module: blobHashSchema.parse('5e11ab1e'.repeat(8)),
    moduleKind: 'stepped',
    publisher: accountIdSchema.parse('pub0isherQ4uT0Zk3xPz8Yc2Nn5Ld7Wr9Vb1Sg6Hj08'),
    startedAt: SAMPLE_NOW - 60_000,
    peakMemoryBytes: 6_422_528,
    memoryLimitBytes: 67_108_864,
    bytesIn: 214_016,
    bytesFetched: 9344,
    bytesOut: 1184,
    ...changes,
  } satisfies Passport);

/** A whole and valid state of a computer that waits; `changes` replace top-level parts of it. */
export function sampleState(changes: Partial<AgentState> = {}): AgentState {
  return agentStateSchema.parse({
    at: SAMPLE_NOW,
    host: { kind: 'electron', software: 'lull 0.1.0', pid: 4242 },
    consent: 'given',
    overall: 'waiting',
    decision: { slots: 0, cpuDutyPercent: 0, profile: 'in_use', reasons: [] },
    signals: {
      idleSeconds: 3,
      screenLocked: false,
      onBattery: false,
      batteryPercent: null,
      freeDiskBytes: 120e9,
    },
    settings: { ...DEFAULT_SETTINGS, consentGivenAt: SAMPLE_NOW - 86_400_000 },
    threads: 8,
    network: {
      kind: 'this_computer',
      url: 'http://127.0.0.1:40000',
      name: 'This computer',
      practice: true,
      connection: 'online',
    },
    device: deviceIdSchema.parse('A'.repeat(43)),
    account: accountIdSchema.parse('A'.repeat(43)),
    keychain: 'file_permissions',
    earnNowUntil: null,
    slots: [],
    earnings: {
      today: '1250000',
      last7Days: '8400000',
      last30Days: '31000000',
      lifetime: '52340000',
      verifying: 3,
      unsent: 0,
      receipts: 41,
    },
    receipts: [],
    activity: [],
    ledger: { size: 128, checkedAt: SAMPLE_NOW - 5000, trusted: true },
    sandbox: { network: true, files: true, message: 'Tasks have no network and no files.' },
    refusedModules: [],
    problems: [],
    ...changes,
  } satisfies AgentState);
}

export const sampleSnapshot = (revision: number, changes: Partial<AgentState> = {}): Snapshot => ({
  revision,
  state: sampleState(changes),
});
