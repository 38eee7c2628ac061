// SPDX-License-Identifier: MIT
import type { AgentState } from '../../protocol/agent-state.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { SignalName, Signals } from '../../protocol/signals.ts';
import type { MessageKey } from './translate.ts';
import type { Words } from './words.ts';

/** What one sensor says, as people read it. */
export interface SignalText {
  readonly signal: SignalName;
  readonly label: string;
  readonly value: string;
  readonly known: boolean;
  /** what it means for the rules that it cannot be known */
  readonly meaning?: string;
}

type Known<N extends SignalName> = NonNullable<Signals[N]>;

interface Describe<N extends SignalName> {
  readonly value: (value: Known<N>, words: Words, state: AgentState) => string;
  readonly unknown: (state: AgentState) => MessageKey;
  /** false: there is nothing to say; absent: always something */
  readonly applies?: (signals: Signals) => boolean;
}

const yesNo = (value: boolean, { t }: Words): string => t(value ? 'signal.yes' : 'signal.no');
const percent = (value: number, { format }: Words): string => format.percent(value);
const gigabytes = (value: number, { format }: Words): string => format.gigabytes(value);

const always = (key: MessageKey) => (): MessageKey => key;
const whileRule =
  (isOn: (settings: Settings) => boolean, key: MessageKey) =>
  ({ settings }: AgentState): MessageKey =>
    isOn(settings) ? key : 'signal.rule_off';

function idleValue(seconds: number, { t, format }: Words, { settings }: AgentState): string {
  const threshold = settings.idleMinutes * 60;
  const idle = format.precise(seconds);
  if (seconds >= threshold) return idle;
  return t('signal.idleSeconds.value', { idle, threshold: format.duration(threshold) });
}

const DESCRIBE: { readonly [N in SignalName]: Describe<N> } = {
  idleSeconds: { value: idleValue, unknown: always('signal.idleSeconds.unknown') },
  screenLocked: {
    value: yesNo,
    unknown: whileRule((settings) => settings.runWhenLocked, 'signal.screenLocked.unknown'),
  },
  onBattery: {
    value: (on, { t }) => t(on ? 'signal.onBattery.yes' : 'signal.onBattery.no'),
    unknown: always('signal.onBattery.unknown'),
  },
  batteryPercent: {
    value: percent,
    unknown: whileRule((settings) => settings.runOnBattery, 'signal.batteryPercent.unknown'),
    applies: ({ onBattery, batteryPercent }) => onBattery === true || batteryPercent !== null,
  },
  powerSaver: {
    value: yesNo,
    unknown: whileRule((settings) => !settings.runOnPowerSaver, 'signal.powerSaver.unknown'),
  },
  thermal: {
    value: (state, { t }) => t(`signal.thermal.${state}`),
    unknown: whileRule((settings) => settings.stopWhenHot, 'signal.thermal.unknown'),
  },
  cpuSpeedPercent: {
    value: percent,
    unknown: whileRule((settings) => settings.stopWhenHot, 'signal.cpuSpeedPercent.unknown'),
  },
  othersCpuPercent: {
    value: percent,
    unknown: whileRule((settings) => settings.busyPercent < 100, 'signal.othersCpuPercent.unknown'),
  },
  fullScreen: {
    value: yesNo,
    unknown: whileRule((settings) => settings.stopOnFullScreen, 'signal.attention.unknown'),
  },
  presentation: {
    value: yesNo,
    unknown: whileRule((settings) => settings.stopOnPresentation, 'signal.attention.unknown'),
  },
  microphoneInUse: {
    value: yesNo,
    unknown: whileRule((settings) => settings.stopOnCall, 'signal.attention.unknown'),
  },
  cameraInUse: {
    value: yesNo,
    unknown: whileRule((settings) => settings.stopOnCall, 'signal.attention.unknown'),
  },
  metered: {
    value: (metered, { t }) => t(metered ? 'signal.metered.yes' : 'signal.metered.no'),
    unknown: ({ network, settings }) => {
      if (network.kind === 'this_computer') return 'signal.metered.local';
      return settings.runOnMetered ? 'signal.rule_off' : 'signal.metered.unknown';
    },
  },
  freeMemoryBytes: { value: gigabytes, unknown: always('signal.freeMemoryBytes.unknown') },
  freeDiskBytes: { value: gigabytes, unknown: always('signal.freeDiskBytes.unknown') },
  goingToSleep: { value: yesNo, unknown: always('signal.goingToSleep.unknown') },
};

/** Every signal, in the order of the rules; for all of them, or for those that a part of the rules asks for. */
export const SIGNAL_NAMES = Object.keys(DESCRIBE) as SignalName[];

function describeSignal<N extends SignalName>(signal: N, state: AgentState, words: Words): SignalText {
  const { value, unknown }: Describe<N> = DESCRIBE[signal];
  const seen: Signals[N] = state.signals[signal];
  const label = words.t(`signal.${signal}`);
  if (seen === null) {
    const meaning = words.t(unknown(state));
    return { signal, label, value: words.t('signal.unknown'), known: false, meaning };
  }
  return { signal, label, value: value(seen, words, state), known: true };
}

/** What the sensors say now, and what it means where they cannot tell. */
export const describeSignals = (
  state: AgentState,
  words: Words,
  names: readonly SignalName[] = SIGNAL_NAMES,
): SignalText[] =>
  names
    .filter((name) => DESCRIBE[name].applies?.(state.signals) ?? true)
    .map((name) => describeSignal(name, state, words));
