// SPDX-License-Identifier: MIT
import { localTime } from '../../agent/adapters/local-time.ts';
import { OwnerSettings } from '../../agent/owner-settings.ts';
import { overallOf } from '../../agent/policy/overall.ts';
import { PolicyLoop } from '../../agent/policy-loop.ts';
import { Problems } from '../../agent/problems.ts';
import { statusOf } from '../../assets/words/status.ts';
import { wordsFor } from '../../assets/words/words.ts';
import type { RunDecision } from '../../protocol/agent-state.ts';
import { type Signals, signalsSchema } from '../../protocol/signals.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import { slotOf } from './agent-states.ts';
import { QUIET } from './fake-sensors.ts';
import { FakeSettingsStore } from './fake-settings-store.ts';
import { FACTS } from './policy-look.ts';
import { sampleState } from './sample-state.ts';
import { SimulatedComputer } from './simulated-computer.ts';
import { TestClock } from './test-clock.ts';

/** A day as people write it: a line for what is so from the beginning, and one for each thing that happens. */
interface DayScript {
  /** local midnight, ms since the epoch */
  readonly midnight: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signals: Partial<Signals>;
  readonly threads: number;
  readonly gpus: number;
  readonly events: readonly { readonly at: number; readonly text: string }[];
}

/** Local time of this day, ms since the epoch. */
const timeOn = (midnight: number, text: string): number => {
  const [hour = 0, minute = 0, second = 0] = text.split(':').map(Number);
  const day = new Date(midnight);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour, minute, second).getTime();
};

/** @throws {Error} for a line that is none */
function parseDay(text: string): DayScript {
  let midnight = NaN;
  let [threads, gpus] = [0, 0];
  const settings: Record<string, unknown> = { consentGivenAt: 1 };
  const signals: Record<string, unknown> = { ...QUIET };
  const events: { at: number; text: string }[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    const [word = '', ...rest] = line.split(/\s+/);
    if (line === '' || word === '#') continue;
    if (word === 'day') midnight = localTime.startOfDay(Date.parse(`${rest[0]}T12:00`));
    else if (word === 'threads') threads = Number(rest[0]);
    else if (word === 'gpus') gpus = Number(rest[0]);
    else if (word === 'signal') signals[rest[0] ?? ''] = JSON.parse(rest.slice(1).join(' '));
    else if (word === 'setting') settings[rest[0] ?? ''] = JSON.parse(rest.slice(1).join(' '));
    else if (/^\d\d:\d\d(?::\d\d)?$/.test(word))
      events.push({ at: timeOn(midnight, word), text: rest.join(' ') });
    else throw new Error(`This line of the day is neither a time nor a beginning: ${line}`);
  }
  return { midnight, settings, signals: signalsSchema.parse(signals), threads, gpus, events };
}

const GB = 1e9;

const nameOf = (reason: SuspendReason): string => {
  const part = 'for' in reason && reason.for !== 'all' ? ` of the ${reason.for.toUpperCase()}` : '';
  return reason.code + part;
};

/** A computer, its owner, and the real policy between them. */
class SimulatedDay {
  readonly timeline: string[] = [];
  readonly #script: DayScript;
  readonly #clock: TestClock;
  readonly #computer: SimulatedComputer;
  readonly #owner: OwnerSettings;
  readonly #loop: PolicyLoop;
  readonly #words = wordsFor(['en-GB']);
  #hasWork = true;
  #working = false;
  #overall = '';

  constructor(script: DayScript) {
    this.#script = script;
    this.#clock = new TestClock(script.midnight);
    const now = (): number => this.#clock.now();
    this.#computer = new SimulatedComputer(now, script.signals);
    const store = new FakeSettingsStore(script.settings);
    this.#owner = new OwnerSettings(store, this.#clock, localTime, new Problems(() => undefined));
    this.#loop = new PolicyLoop({
      clock: this.#clock,
      sensors: this.#computer,
      settings: () => this.#owner.current,
      facts: () => ({
        ...FACTS,
        threads: script.threads,
        gpus: script.gpus,
        earnNowUntil: this.#owner.earnNowUntil,
        noWork: this.#hasWork ? undefined : 'nothing_to_do',
      }),
      anyRunning: () => this.#working,
      decided: (decision, news) => this.#decided(decision, news),
    });
    this.#loop.start();
  }

  run(): void {
    for (const { at, text } of this.#script.events) {
      this.#until(at);
      this.timeline.push('', `${this.#time(at)}  ─ ${text} ─`);
      for (const phrase of text.split(/,\s*/)) this.#happens(phrase);
    }
    this.#until(localTime.nextHour(this.#script.midnight, 0));
    this.#loop.stop();
  }

  /** A computer that is asleep runs no timers; its clock goes on. */
  #until(at: number): void {
    if (this.#computer.asleep) this.#clock.setWallClock(at);
    else this.#clock.run(at - this.#clock.now());
  }

  /** What can happen, in the words of the script. The system tells of some things by itself; others are seen at the next look. */
  readonly #phrases: readonly [RegExp, (first: string) => void][] = [
    [/^opens the lid$/, () => this.#lid(true)],
    [/^closes the lid$/, () => this.#lid(false)],
    [/^types until (\S+)$/, (until) => this.#computer.input(timeOn(this.#script.midnight, until))],
    [/^moves the mouse$/, () => this.#computer.input()],
    [/^locks the screen$/, () => this.#told({ screenLocked: true })],
    [/^unlocks the screen$/, () => (this.#computer.input(), this.#told({ screenLocked: false }))],
    [/^plugs in$/, () => this.#told({ onBattery: false })],
    [/^unplugs$/, () => this.#told({ onBattery: true })],
    [/^the battery is at (\d+) %$/, (percent) => this.#seen({ batteryPercent: Number(percent) })],
    [/^saves power$/, () => this.#seen({ powerSaver: true })],
    [/^saves power no more$/, () => this.#seen({ powerSaver: false })],
    [/^joins a call$/, () => this.#seen({ microphoneInUse: true, cameraInUse: true })],
    [/^leaves the call$/, () => this.#seen({ microphoneInUse: false, cameraInUse: false })],
    [/^starts a presentation$/, () => this.#seen({ fullScreen: true, presentation: true })],
    [/^ends the presentation$/, () => this.#seen({ fullScreen: false, presentation: false })],
    [/^starts a film$/, () => this.#seen({ fullScreen: true, presentation: true })],
    [/^the film ends$/, () => this.#seen({ fullScreen: false, presentation: false })],
    [/^other programs use (\d+) %$/, (percent) => this.#seen({ othersCpuPercent: Number(percent) })],
    [/^starts the game (\S+)$/, (name) => (this.#computer.running = ['bash', name])],
    [/^ends the game$/, () => (this.#computer.running = ['bash'])],
    [/^it gets warm$/, () => this.#seen({ thermal: 'fair' })],
    [/^it gets hot$/, () => this.#seen({ thermal: 'serious' })],
    [/^it has cooled down$/, () => this.#seen({ thermal: 'nominal' })],
    [/^(\S+) GB of memory are free$/, (free) => this.#seen({ freeMemoryBytes: Number(free) * GB })],
    [
      /^the clock is put back to (\S+)$/,
      (time) => this.#clock.setWallClock(timeOn(this.#script.midnight, time)),
    ],
    [/^goes online by telephone$/, () => this.#seen({ metered: true })],
    [/^goes online by cable$/, () => this.#seen({ metered: false })],
    [/^the network has no work$/, () => (this.#hasWork = false)],
    [/^the network has work$/, () => (this.#hasWork = true)],
    [/^pauses for an hour$/, () => this.#wants(() => this.#owner.pause('1h', 'all'))],
    [/^pauses until tomorrow$/, () => this.#wants(() => this.#owner.pause('tomorrow', 'all'))],
    [/^pauses the GPU until told$/, () => this.#wants(() => this.#owner.pause('until_resumed', 'gpu'))],
    [/^resumes$/, () => this.#wants(() => this.#owner.resume('all'), true)],
    [
      /^earns now for (\d+) minutes$/,
      (minutes) => this.#wants(() => this.#owner.earnNow(Number(minutes)), true),
    ],
  ];

  #happens(text: string): void {
    for (const [phrase, happen] of this.#phrases) {
      const match = phrase.exec(text);
      if (match !== null) return happen(match[1] ?? '');
    }
    throw new Error(`Nobody knows what this means: ${text}`);
  }

  #seen(signals: Partial<Signals>): void {
    this.#computer.set(signals);
  }

  #told(signals: Partial<Signals>): void {
    this.#computer.set(signals, !this.#computer.asleep);
  }

  #lid(open: boolean): void {
    if (open) this.#computer.input();
    this.#computer.asleep = false;
    this.#told({ goingToSleep: !open });
    this.#computer.asleep = !open;
  }

  #wants(change: () => void, atOnce = false): void {
    change();
    if (atOnce) this.#loop.settle();
    this.#loop.tick();
  }

  #decided(decision: RunDecision, news: boolean): void {
    this.#owner.expire();
    this.#working = this.#hasWork && (decision.slots > 0 || decision.gpuDutyPercent > 0);
    const overall = overallOf(decision, 'online', this.#working, false);
    if (!news && overall === this.#overall) return;
    this.#overall = overall;
    this.#tell(decision, overall);
  }

  #tell(decision: RunDecision, overall: ReturnType<typeof overallOf>): void {
    const now = this.#clock.now();
    const { slots, cpuDutyPercent, gpuDutyPercent, profile, mayFetch, keepsMemory } = decision;
    const state = sampleState({
      at: now,
      decision,
      overall,
      settings: this.#owner.current,
      signals: this.#loop.signals,
      threads: this.#script.threads,
      gpus: this.#script.gpus,
      earnNowUntil: this.#owner.earnNowUntil,
      slots: this.#working ? Array.from({ length: slots }, () => slotOf('render', 'rendering', 1, 0)) : [],
      network: {
        kind: 'remote',
        url: 'https://lull.example',
        name: 'The network',
        practice: false,
        connection: 'online',
      },
    });
    const status = statusOf(state, this.#words, now);
    const numbers = `${slots} × ${String(Math.round(cpuDutyPercent)).padStart(3)} %, GPU ${String(gpuDutyPercent).padStart(2)} %`;
    const rest = [mayFetch ? '' : 'fetches nothing', keepsMemory ? '' : 'gives memory back'].filter(Boolean);
    const what = [overall.padEnd(8), profile.replace('_', ' ').padEnd(6), numbers, ...rest].join('  ');
    this.timeline.push(`${this.#time(now)}  ${what}`);
    const lines = [`“${status.text}”`, ...status.others.map(({ text }) => `+ ${text}`)];
    const why = `  ${decision.reasons.map(nameOf).join(', ') || 'no reason'}`;
    this.timeline.push(...[...lines, why].map((line) => ' '.repeat(12) + line));
  }

  #time(at: number): string {
    const minutes = localTime.minuteOfDay(at);
    const parts = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
    return `${parts.join(':')}:${((at % 60_000) / 1000).toFixed(1).padStart(4, '0')}`;
  }
}

/** @returns what was decided on that day, and why, as people read it */
export function timelineOf(text: string): string {
  const day = new SimulatedDay(parseDay(text));
  day.run();
  return `${day.timeline.join('\n').trim()}\n`;
}
