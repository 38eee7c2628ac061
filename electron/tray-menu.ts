// SPDX-License-Identifier: MIT
import { statusOf } from '../assets/words/status.ts';
import type { MessageKey } from '../assets/words/translate.ts';
import { type Words, wordsFor } from '../assets/words/words.ts';
import type { AgentState, OverallState } from '../protocol/agent-state.ts';
import type { IntentName, IntentRequest, PausedPart, PauseFor } from '../protocol/bridge.ts';
import type { Settings } from '../protocol/settings.ts';

/** What a menu item does. */
export type TrayAction =
  | { readonly type: 'open' }
  | { readonly type: 'quit' }
  | { readonly type: 'intent'; readonly name: 'pause'; readonly request: IntentRequest<'pause'> }
  | { readonly type: 'intent'; readonly name: 'resume'; readonly request: IntentRequest<'resume'> }
  | { readonly type: 'intent'; readonly name: 'setSettings'; readonly request: IntentRequest<'setSettings'> };

export type TrayItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly kind: 'choice'; readonly label: string; readonly chosen: boolean; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] };

/** The whole tray: what it looks like, what it says, what it offers. Plain data. */
export interface TrayMenu {
  readonly icon: OverallState;
  readonly toolTip: string;
  /** changes when something new happens; not with every second of a countdown or of idle time */
  readonly topic: string;
  readonly items: readonly TrayItem[];
}

const PAUSES = ['15m', '1h', 'tomorrow', 'until_resumed'] as const satisfies readonly PauseFor[];
const CPU_STEPS = [10, 25, 50, 75, 100] as const;
const LINE_LENGTH = 120;
/** Windows cuts a longer one. */
const TOOLTIP_LENGTH = 127;

const SEPARATOR: TrayItem = { kind: 'separator' };

const cut = (text: string, length: number): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`;
};

const line = (text: string): TrayItem => ({ kind: 'text', label: cut(text, LINE_LENGTH) });

const intent = <N extends 'pause' | 'resume' | 'setSettings'>(
  name: N,
  request: IntentRequest<N>,
): TrayAction => ({ type: 'intent', name, request }) as TrayAction & { name: IntentName };

function earnings(state: AgentState, words: Words): TrayItem[] {
  const { today, lifetime } = state.earnings;
  const practice = state.network.practice ? '.practice' : '';
  return [
    line(words.t(`tray.today${practice}`, { amount: words.format.credits(today) })),
    line(words.t(`tray.lifetime${practice}`, { amount: words.format.credits(lifetime) })),
  ];
}

const PAUSE_WORDS = {
  all: { pause: 'action.pause', left: 'tray.paused_for', resume: 'action.resume' },
  gpu: { pause: 'tray.pause_gpu', left: 'tray.paused_gpu_for', resume: 'tray.resume_gpu' },
} as const satisfies Record<PausedPart, Record<string, MessageKey>>;

type Until = Settings['pausedUntil'];

const isPaused = (until: Until, now: number): until is 'resumed' | number =>
  until === 'resumed' || (until !== null && until > now);

/** The choices of a pause, or what is left of it and its end. */
function pauseOf(of: PausedPart, until: Until, words: Words, now: number): TrayItem[] {
  const say = PAUSE_WORDS[of];
  if (!isPaused(until, now)) {
    const items = PAUSES.map((duration): TrayItem => ({
      kind: 'action',
      label: words.t(`pause.${duration}`),
      action: intent('pause', { for: duration, of }),
    }));
    return [{ kind: 'submenu', label: words.t(say.pause), items }];
  }
  const resume: TrayItem = { kind: 'action', label: words.t(say.resume), action: intent('resume', { of }) };
  if (until === 'resumed') return [resume];
  // Rounded up to whole minutes: at the last minute it still says one, and the menu is not redrawn each second.
  const left = words.format.duration(Math.ceil((until - now) / 60_000) * 60);
  return [line(words.t(say.left, { left })), resume];
}

/** Graphics have a pause of their own where there are any, and while not everything is paused. */
function pause({ settings, gpus }: AgentState, words: Words, now: number): TrayItem[] {
  const { pausedUntil, gpuPausedUntil } = settings;
  const all = pauseOf('all', pausedUntil, words, now);
  return gpus > 0 && !isPaused(pausedUntil, now)
    ? [...all, ...pauseOf('gpu', gpuPausedUntil, words, now)]
    : all;
}

function cpuLimit(state: AgentState, words: Words): TrayItem {
  const current = state.settings.awayCpuPercent;
  const steps = CPU_STEPS.some((step) => step === current)
    ? CPU_STEPS
    : [...CPU_STEPS, current].sort((a, b) => a - b);
  return {
    kind: 'submenu',
    label: words.t('tray.cpu_away', { percent: words.format.percent(current) }),
    items: steps.map((step) => ({
      kind: 'choice',
      label: words.format.percent(step),
      chosen: step === current,
      action: intent('setSettings', { awayCpuPercent: step }),
    })),
  };
}

/**
 * The tray as a pure function of the state.
 * @param now ms since the epoch
 * @param locale BCP 47
 */
export function trayMenu(state: AgentState, now: number, locale: string): TrayMenu {
  const words = wordsFor([locale]);
  const status = statusOf(state, words, now);
  const consented = state.consent === 'given';
  const controls = consented ? [SEPARATOR, ...pause(state, words, now), cpuLimit(state, words)] : [];
  return {
    icon: state.overall,
    topic: status.topic,
    toolTip: cut(words.t('tray.tooltip', { state: status.title, text: status.text }), TOOLTIP_LENGTH),
    items: [
      line(status.title),
      line(status.text),
      SEPARATOR,
      ...(consented ? earnings(state, words) : []),
      ...controls,
      ...(consented ? [SEPARATOR] : []),
      { kind: 'action', label: words.t('tray.open'), action: { type: 'open' } },
      { kind: 'action', label: words.t('tray.quit'), action: { type: 'quit' } },
    ],
  };
}
