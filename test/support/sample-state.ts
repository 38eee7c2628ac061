// SPDX-License-Identifier: MIT
import {
  type AgentState,
  agentStateSchema,
  type Energy,
  type RunDecision,
  type Snapshot,
} from '../../protocol/agent-state.ts';
import { accountIdSchema, blobHashSchema, deviceIdSchema } from '../../protocol/ids.ts';
import { type Passport, passportSchema } from '../../protocol/passport.ts';
import { DEFAULT_SETTINGS } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';

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

/** A decision by which nothing runs and nothing holds it back; `changes` replace parts of it. */
export const sampleDecision = (changes: Partial<RunDecision> = {}): RunDecision => ({
  slots: 0,
  cpuDutyPercent: 0,
  gpuDutyPercent: 0,
  memoryPercent: 25,
  keepsMemory: true,
  mayFetch: true,
  keepAwake: false,
  profile: 'in_use',
  reasons: [],
  ...changes,
});

/** Somebody is here, at a computer that has everything and tells everything; `changes` replace parts of it. */
export const sampleSignals = (changes: Partial<Signals> = {}): Signals => ({
  idleSeconds: 3,
  screenLocked: false,
  onBattery: false,
  batteryPercent: null,
  powerSaver: false,
  thermal: 'nominal',
  cpuSpeedPercent: 100,
  othersCpuPercent: 7,
  fullScreen: false,
  presentation: false,
  microphoneInUse: false,
  cameraInUse: false,
  metered: false,
  freeMemoryBytes: 9.4e9,
  freeDiskBytes: 120e9,
  goingToSleep: false,
  ...changes,
});

/** A laptop's work, estimated, with prices set. */
export const SAMPLE_ENERGY: Energy = {
  watts: 11.4,
  method: 'estimate',
  errorPercent: 40,
  today: { wattHours: 38.2, cost: 0.0122, net: 0.0029, co2Grams: 18.1 },
  last7Days: { wattHours: 412, cost: 0.1318, net: 0.0421, co2Grams: 194.9 },
  last30Days: { wattHours: 1630, cost: 0.5216, net: -0.0132, co2Grams: 771 },
};

/** A network whose credits are no practice. */
export const SAMPLE_REMOTE: AgentState['network'] = {
  kind: 'remote',
  url: 'https://net.example',
  name: 'Example',
  practice: false,
  connection: 'online',
};

/** A whole and valid state of a computer that waits; `changes` replace top-level parts of it. */
export function sampleState(changes: Partial<AgentState> = {}): AgentState {
  return agentStateSchema.parse({
    at: SAMPLE_NOW,
    host: { kind: 'electron', software: 'lull 0.1.0', pid: 4242 },
    consent: 'given',
    overall: 'waiting',
    decision: sampleDecision(),
    signals: sampleSignals(),
    settings: { ...DEFAULT_SETTINGS, consentGivenAt: SAMPLE_NOW - 86_400_000 },
    threads: 8,
    gpus: 0,
    energy: SAMPLE_ENERGY,
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
