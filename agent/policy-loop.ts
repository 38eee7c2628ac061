// SPDX-License-Identifier: MIT
import type { RunDecision } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Settings } from '../protocol/settings.ts';
import type { Signals } from '../protocol/signals.ts';
import type { SuspendReason } from '../protocol/suspend-reasons.ts';
import type { AgentFacts } from './policy/facts.ts';
import { NO_HISTORY, settled } from './policy/hysteresis.ts';
import { decide } from './policy/run-decision.ts';
import type { Sensors } from './ports.ts';

/** How often the sensors are read while nothing runs, ms. */
const IDLE_TICK_MS = 1000;
/** How often while tasks run because nobody is there, ms: the owner's first input must be seen at once. */
const RUNNING_TICK_MS = 100;

interface PolicyParts {
  readonly clock: Clock;
  readonly sensors: Sensors;
  readonly settings: () => Settings;
  /** the programs are asked for here, and only while a rule needs them */
  readonly facts: () => Omit<AgentFacts, 'programs'>;
  readonly anyRunning: () => boolean;
  /** a new decision; `news` is false when only countdowns and signals have moved */
  readonly decided: (decision: RunDecision, news: boolean) => void;
}

/** What tells one reason from another of the same code; the values that were seen move all the time. */
const KINDS = ['for', 'profile', 'device', 'app', 'thermal', 'careful', 'known', 'detail'] as const;

const gistOf = (reason: SuspendReason): string => {
  const values: Readonly<Record<string, unknown>> = reason;
  return [reason.code, ...KINDS.filter((key) => key in values).map((key) => String(values[key]))].join(' ');
};

/** What of a decision is news, and not just time passing. */
const gist = ({ reasons, ...rest }: RunDecision): string =>
  [...Object.values(rest), ...reasons.map(gistOf)].join('; ');

/** Reads the sensors and decides, every so often and on every event. */
export class PolicyLoop {
  readonly #parts: PolicyParts;
  #history = NO_HISTORY;
  #signals: Signals;
  #decision: RunDecision;
  #gist: string;
  #cancelTimer: (() => void) | undefined;
  #stopListening: (() => void) | undefined;
  #stopped = false;

  constructor(parts: PolicyParts) {
    this.#parts = parts;
    this.#signals = parts.sensors.read();
    this.#decision = this.#decide();
    this.#gist = gist(this.#decision);
  }

  get signals(): Signals {
    return this.#signals;
  }

  get decision(): RunDecision {
    return this.#decision;
  }

  start(): void {
    this.#stopListening = this.#parts.sensors.onChange(() => this.tick());
    this.tick();
  }

  /** Decides anew now. */
  tick(): void {
    this.#cancelTimer?.();
    if (this.#stopped) return;
    this.#signals = this.#parts.sensors.read();
    this.#decision = this.#decide();
    const now = gist(this.#decision);
    const news = now !== this.#gist;
    this.#gist = now;
    this.#parts.decided(this.#decision, news);
    const watchful = this.#parts.anyRunning() && this.#decision.profile === 'away';
    this.#cancelTimer = this.#parts.clock.after(watchful ? RUNNING_TICK_MS : IDLE_TICK_MS, () => this.tick());
  }

  /** The owner has just said what should be: no cool-down stands against it. */
  settle(): void {
    this.#history = settled(this.#history);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#stopListening?.();
  }

  #decide(): RunDecision {
    const { sensors, facts, clock } = this.#parts;
    const settings = this.#parts.settings();
    const programs = settings.exclusiveApps.length > 0 ? sensors.programs() : undefined;
    const { decision, history } = decide(
      settings,
      this.#signals,
      this.#history,
      { ...facts(), programs },
      clock.now(),
    );
    this.#history = history;
    return decision;
  }
}
