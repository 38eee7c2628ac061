// SPDX-License-Identifier: MIT
import { type AgentState, agentStateSchema, type Snapshot } from '../../protocol/agent-state.ts';
import { accountIdSchema, deviceIdSchema } from '../../protocol/ids.ts';
import { DEFAULT_SETTINGS } from '../../protocol/settings.ts';

/** Noon, where no zone of the tests changes the day. */
export const SAMPLE_NOW = Date.UTC(2026, 10, 22, 12);

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
    problems: [],
    ...changes,
  } satisfies AgentState);
}

export const sampleSnapshot = (revision: number, changes: Partial<AgentState> = {}): Snapshot => ({
  revision,
  state: sampleState(changes),
});
