// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { type TrayAction, type TrayItem, type TrayMenu, trayMenu } from '../../../electron/tray-menu.ts';
import { type AgentState, type OverallState, overallStateSchema } from '../../../protocol/agent-state.ts';
import { type IntentName, INTENTS } from '../../../protocol/bridge.ts';
import type { SuspendReason } from '../../../protocol/suspend-reasons.ts';
import { REASON_STATES } from '../../support/agent-states.ts';
import { SAMPLE_NOW as NOW, sampleDecision, sampleState } from '../../support/sample-state.ts';

const MINUTE = 60_000;

beforeAll(() => {
  // Times of day in the menu are local.
  process.env['TZ'] = 'UTC';
});

const says = (action: TrayAction): string =>
  action.type === 'intent' ? `${action.name} ${JSON.stringify(action.request)}` : action.type;

const drawItem = (item: TrayItem, indent: string): string[] => {
  switch (item.kind) {
    case 'separator':
      return [`${indent}----`];
    case 'text':
      return [`${indent}${item.label}`];
    case 'action':
      return [`${indent}[${item.label}] -> ${says(item.action)}`];
    case 'choice':
      return [`${indent}${item.chosen ? '(x)' : '( )'} ${item.label} -> ${says(item.action)}`];
    case 'submenu':
      return [`${indent}${item.label} >`, ...item.items.flatMap((inner) => drawItem(inner, `${indent}  `))];
  }
};

/** The tray as a person would see it, in text. */
const draw = (menu: TrayMenu): string =>
  [
    '',
    `icon: ${menu.icon}`,
    `tip:  ${menu.toolTip}`,
    ...menu.items.flatMap((item) => drawItem(item, '  ')),
    '',
  ].join('\n');

const decided = (reasons: SuspendReason[]): AgentState['decision'] => sampleDecision({ reasons });

const STATES: Record<OverallState, Partial<AgentState>> = {
  earning: { decision: sampleDecision({ slots: 4, cpuDutyPercent: 100, profile: 'away' }) },
  waiting: {
    decision: decided([{ code: 'user_active', idleSeconds: 12, thresholdSeconds: 300, careful: false }]),
  },
  paused: {
    settings: { ...sampleState().settings, pausedUntil: NOW + 14 * MINUTE + 1 },
    decision: decided([{ code: 'paused_by_user', for: 'all', mayEndAt: NOW + 14 * MINUTE + 1 }]),
  },
  offline: { decision: decided([{ code: 'offline', since: NOW - 5 * MINUTE }]) },
  needs_you: {
    decision: decided([]),
    problems: [
      { code: 'network_changed', message: 'The network has another key now: check its address.', at: NOW },
    ],
  },
};

const flat = (items: readonly TrayItem[]): TrayItem[] =>
  items.flatMap((item) => (item.kind === 'submenu' ? [item, ...flat(item.items)] : [item]));

const labels = (changes: Partial<AgentState>): string =>
  flat(trayMenu(sampleState(changes), NOW, 'en-US').items)
    .map((item) => ('label' in item ? item.label : ''))
    .join('\n');

describe('the tray menu', () => {
  it.each(overallStateSchema.options)('is as agreed when the state is %s', (overall) => {
    expect(draw(trayMenu(sampleState({ overall, ...STATES[overall] }), NOW, 'en-US'))).toMatchSnapshot();
  });

  it.each(Object.entries(REASON_STATES))(
    'says the sentence of the reason %s, in one line',
    (_code, states) => {
      for (const [changes, sentence] of states) {
        const [, text] = trayMenu(sampleState(changes), NOW, 'en-GB').items;
        const label = text?.kind === 'text' ? text.label.replaceAll(/\s/g, ' ') : '';
        expect(label.length).toBeLessThanOrEqual(120);
        expect(sentence.startsWith(label.replace(/…$/, ''))).toBe(true);
      }
    },
  );

  it('offers nothing but the window and the end before the owner has agreed', () => {
    const menu = trayMenu(
      sampleState({
        consent: 'needed',
        overall: 'needs_you',
        decision: decided([{ code: 'consent_needed' }]),
      }),
      NOW,
      'en-US',
    );
    expect(draw(menu)).toMatchSnapshot();
  });

  it('says practice wherever it shows credits of a network of one, and never elsewhere', () => {
    const remote = { ...sampleState().network, kind: 'remote', practice: false, name: 'Example' } as const;
    expect(labels({}).match(/practice credits/g)).toHaveLength(2);
    expect(labels({ network: remote })).not.toMatch(/practice/);
    expect(labels({ network: remote })).toMatch(/Today: .* credits/);
  });

  it('counts a pause down in whole minutes and offers to resume', () => {
    const paused = (left: number): string =>
      labels({ settings: { ...sampleState().settings, pausedUntil: NOW + left } });
    expect(paused(14 * MINUTE + 1)).toMatch(/Paused for another 15 minutes\nResume/);
    expect(paused(1)).toMatch(/Paused for another 1 minute\nResume/);
    expect(paused(-1)).toMatch(/Pause\nFor 15 minutes/);
  });

  it('offers to resume without a countdown when paused until resumed', () => {
    const text = labels({ settings: { ...sampleState().settings, pausedUntil: 'resumed' } });
    expect(text).toMatch(/Resume/);
    expect(text).not.toMatch(/Paused for another/);
  });

  it('marks the limit that holds, also one that is not among the steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (awayCpuPercent) => {
        const state = sampleState({ settings: { ...sampleState().settings, awayCpuPercent } });
        const choices = flat(trayMenu(state, NOW, 'en-US').items).filter((item) => item.kind === 'choice');
        const chosen = choices.filter((item) => item.chosen);
        expect(chosen.map(({ action }) => action)).toEqual([
          { type: 'intent', name: 'setSettings', request: { awayCpuPercent } },
        ]);
        expect([10, 25, 50, 75, 100].includes(awayCpuPercent) ? 5 : 6).toBe(choices.length);
      }),
    );
  });

  it('holds only intents that the agent takes', () => {
    for (const overall of overallStateSchema.options) {
      for (const item of flat(trayMenu(sampleState({ overall, ...STATES[overall] }), NOW, 'en-US').items)) {
        if (!('action' in item) || item.action.type !== 'intent') continue;
        const { name, request } = item.action;
        expect(INTENTS[name satisfies IntentName].request.safeParse(request).success).toBe(true);
      }
    }
  });

  it('keeps every line and the tooltip short, whatever a network or a problem says', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 600 }),
        fc.constantFrom(...overallStateSchema.options),
        (text, overall) => {
          const state = sampleState({
            overall,
            decision: decided(overall === 'offline' ? [{ code: 'offline', since: NOW }] : []),
            network: { ...sampleState().network, name: text },
            problems: [{ code: 'x', message: text, at: NOW }],
          });
          const menu = trayMenu(state, NOW, 'en-US');
          expect(menu.toolTip.length).toBeLessThanOrEqual(127);
          for (const item of menu.items) if ('label' in item) expect(item.label).not.toMatch(/\n|.{121}/);
        },
      ),
    );
  });
});

describe('the pause of graphics alone', () => {
  const settings = sampleState().settings;

  it('is offered only where there is a graphics processor, and not while all is paused', () => {
    expect(labels({})).not.toMatch(/graphics/i);
    expect(labels({ gpus: 1 })).toMatch(/Pause graphics only\nFor 15 minutes/);
    expect(labels({ gpus: 1, settings: { ...settings, pausedUntil: 'resumed' } })).not.toMatch(/graphics/i);
  });

  it('counts down and ends by itself, apart from the pause of all', () => {
    const gpuPausedUntil = NOW + 14 * MINUTE + 1;
    const text = labels({ gpus: 1, settings: { ...settings, gpuPausedUntil } });
    expect(text).toMatch(/Graphics paused for another 15 minutes\nResume graphics/);
    expect(text).toMatch(/Pause\nFor 15 minutes/);
  });
});
