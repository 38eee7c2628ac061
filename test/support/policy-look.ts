// SPDX-License-Identifier: MIT
import { localTime } from '../../agent/adapters/local-time.ts';
import { NO_HISTORY, type PolicyHistory } from '../../agent/policy/hysteresis.ts';
import { type AgentFacts, decide } from '../../agent/policy/run-decision.ts';
import type { RunDecision } from '../../protocol/agent-state.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import { QUIET } from './fake-sensors.ts';

export const NOW = Date.UTC(2026, 10, 22, 12);
export const SETTINGS: Settings = { ...DEFAULT_SETTINGS, consentGivenAt: 1 };
export const FACTS: AgentFacts = {
  threads: 8,
  gpus: 0,
  programs: undefined,
  network: 'remote',
  networkBytesToday: 0,
  earnsPerHour: null,
  watts: null,
  updatePending: false,
  localTime,
  earnNowUntil: null,
  offlineSince: null,
  noWork: undefined,
  ledgerTrusted: true,
  shuttingDown: false,
};

/** What is different from a quiet computer with default settings. */
export interface Sight {
  readonly settings?: Partial<Settings>;
  readonly signals?: Partial<Signals>;
  readonly facts?: Partial<AgentFacts>;
  readonly history?: PolicyHistory;
  readonly now?: number;
}

export const look = ({ settings, signals, facts, history = NO_HISTORY, now = NOW }: Sight = {}) =>
  decide({ ...SETTINGS, ...settings }, { ...QUIET, ...signals }, history, { ...FACTS, ...facts }, now);

export const decision = (sight: Sight = {}): RunDecision => look(sight).decision;
export const reasons = (sight: Sight = {}): readonly SuspendReason[] => decision(sight).reasons;
export const codes = (sight: Sight = {}): string[] => reasons(sight).map(({ code }) => code);

/** `at`: ms after NOW */
type LaterSight = Omit<Sight, 'history' | 'now'> & { readonly at: number };

/** Looks at one thing after another. @returns every decision */
export function lookAlong(...sights: readonly LaterSight[]): RunDecision[] {
  let history = NO_HISTORY;
  return sights.map(({ at, ...sight }) => {
    const seen = look({ ...sight, now: NOW + at, history });
    history = seen.history;
    return seen.decision;
  });
}

/** Looks at one thing after another. @returns the last decision */
export function lastOf(...sights: readonly LaterSight[]): RunDecision {
  const last = lookAlong(...sights).at(-1);
  if (last === undefined) throw new Error('nothing was looked at');
  return last;
}
