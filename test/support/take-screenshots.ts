// SPDX-License-Identifier: MIT
// Draws the main screens from an agent without an engine: `npm run screenshots [folder] [screen]`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import type { ActivityItem, AgentState } from '../../protocol/agent-state.ts';
import { attemptIdSchema } from '../../protocol/ids.ts';
import { DEFAULT_SETTINGS } from '../../protocol/settings.ts';
import { UNKNOWN_SIGNALS } from '../../protocol/signals.ts';
import { jobIds, REFUSED, slotOf, TUNED } from './agent-states.ts';
import { RendererUnderTest } from './renderer-under-test.ts';
import { SAMPLE_NOW, sampleDecision, samplePassport, sampleSignals } from './sample-state.ts';
import { smallPng } from './small-png.ts';

const MINUTE = 60_000;
/** Another list of widths can follow the screen: `npm run screenshots -- <folder> <screen> 360,720`. */
const WIDTHS = process.argv[4]?.split(',').map(Number) ?? [1100, 380];
const SIZES = WIDTHS.map((width) => [width, width > 600 ? 780 : 680] as const);
const out = process.argv[2] ?? 'docs/screenshots';
/** Whose name begins so; `all` is every one there is. */
const only = process.argv[3];
mkdirSync(out, { recursive: true });

const renderer = new RendererUnderTest();
const receipts = Array.from({ length: 44 }, (_, index) =>
  renderer.agent.ledger.pay({
    job: index % 3 === 0 ? jobIds.render : index % 3 === 1 ? jobIds.earthquakes : jobIds.words,
    jobName:
      index % 3 === 0
        ? 'A path-traced scene'
        : index % 3 === 1
          ? 'Earthquakes of California and Nevada'
          : 'The words of Moby Dick',
    index,
    amount: BigInt(8_400 + ((index * 7919) % 5200)),
    fuel: 1_450_000_000n + BigInt(index) * 1_000_003n,
    at: SAMPLE_NOW - (44 - index) * 37 * MINUTE - 20_000,
  }),
).reverse();
const [newest, ...older] = receipts;
if (newest === undefined) throw new Error('no receipts');

/** How those ended that were no success. */
const ENDED: Readonly<Record<number, ActivityItem['result']>> = {
  2: { kind: 'lost', reason: 'The requester cancelled the job.' },
  4: {
    kind: 'failed',
    code: 'out_of_fuel',
    message: 'It used more than the 2000000000 units that it may use.',
  },
};

const words = slotOf('The words of Moby Dick', 'data', 7, 870);
const rich: Partial<AgentState> = {
  overall: 'earning',
  host: { kind: 'headless', software: 'lull 0.1.0', pid: 4242 },
  sandbox: {
    network: true,
    files: true,
    message:
      'Tasks run in processes that have no network, none of your files, and no way to your other programs.',
  },
  decision: sampleDecision({ slots: 4, cpuDutyPercent: 100, profile: 'away' }),
  signals: sampleSignals({ idleSeconds: 1260, batteryPercent: 100, freeDiskBytes: 212e9 }),
  slots: [
    slotOf('Earthquakes of California and Nevada', 'science', 12, 640),
    slotOf('A path-traced scene', 'rendering', 45, 210),
    {
      ...words,
      checkpoint: {
        ...words.checkpoint,
        atRiskMs: 4200,
        savedAt: null,
        refused: 'A wasi command keeps its work on its stack, so no checkpoints are made of it.',
      },
    },
  ],
  earnings: {
    today: '131044',
    last7Days: '1284410',
    last30Days: '4310022',
    lifetime: '12874410',
    verifying: 2,
    unsent: 0,
    receipts: 44,
  },
  receipts: [{ ...newest, verified: false }, ...older],
  activity: [...receipts.slice(0, 5), ...receipts.slice(30, 32)].map(
    ({ id, at, task, jobName, fuel }, index): ActivityItem => ({
      attempt: attemptIdSchema.parse(id.replace('rcp_', 'att_')),
      at,
      task,
      jobName,
      fuel,
      result: ENDED[index] ?? { kind: 'completed' },
      cpuMs: 4100 + index * 930,
      passport: samplePassport({ startedAt: at - 9000 }),
    }),
  ),
};
const resting: Partial<AgentState> = {
  overall: 'waiting',
  slots: [slotOf('Earthquakes of California and Nevada', 'science', 12, 640, 'parked')],
  decision: sampleDecision({
    reasons: [
      {
        code: 'user_active',
        idleSeconds: 112,
        thresholdSeconds: 300,
        careful: false,
        mayEndAt: SAMPLE_NOW + 188_000,
      },
      { code: 'limit_is_zero', for: 'cpu', profile: 'in_use' },
    ],
  }),
};

const settings = { ...DEFAULT_SETTINGS, consentGivenAt: 1 };
const tuned: Partial<AgentState> = { ...rich, ...TUNED };
/** A computer that tells little. */
const unknown: Partial<AgentState> = {
  settings: { ...settings, awayCpuPercent: 30 },
  signals: {
    ...UNKNOWN_SIGNALS,
    idleSeconds: 47,
    onBattery: false,
    freeDiskBytes: 212e9,
    freeMemoryBytes: 3.1e9,
  },
};
/** Much holds work back at once. */
const heldBack: Partial<AgentState> = {
  overall: 'waiting',
  slots: [],
  decision: sampleDecision({
    reasons: [
      { code: 'on_battery', percent: 47 },
      { code: 'off_schedule', mayEndAt: SAMPLE_NOW + 360 * MINUTE },
      { code: 'call', device: 'microphone' },
      { code: 'others_busy', percent: 72, thresholdPercent: 40 },
      { code: 'metered_network', known: true },
    ],
  }),
};

/** Pages of limits that the documentation shows. */
const SHOWN = ['presence', 'programs', 'week', 'energy'];

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly changes: Partial<AgentState>;
  readonly act?: (page: Page) => Promise<void>;
  /** only what the window shows, not the whole page */
  readonly window?: boolean;
  /** drawn when asked for, not for the documentation */
  readonly detail?: boolean;
}

const shots: readonly Shot[] = [
  { name: 'first-run', path: '', changes: { consent: 'needed', overall: 'needs_you' }, window: true },
  { name: 'home', path: '#/home', changes: rich },
  { name: 'home-waiting', path: '#/home', changes: { ...rich, ...resting } },
  {
    name: 'home-paused',
    path: '#/home',
    changes: {
      ...rich,
      overall: 'paused',
      slots: [],
      decision: sampleDecision({
        profile: 'away',
        reasons: [{ code: 'paused_by_user', for: 'all', mayEndAt: SAMPLE_NOW + 14 * MINUTE + 12_000 }],
      }),
    },
  },
  { name: 'activity', path: '#/activity', changes: { ...rich, refusedModules: [REFUSED] } },
  { name: 'activity-empty', path: '#/activity', changes: { ...resting, slots: [] }, window: true },
  {
    name: 'passport',
    path: '#/activity',
    changes: rich,
    window: true,
    act: async (page) => {
      await page
        .getByRole('main')
        .getByRole('button', { name: /Completed/ })
        .first()
        .click();
      await page.getByRole('dialog').getByText('What it took').waitFor();
    },
  },
  {
    name: 'passport-running',
    path: '#/activity',
    changes: rich,
    window: true,
    act: async (page) => {
      await page
        .getByRole('button', { name: /passport$/ })
        .first()
        .click();
      await page.getByRole('dialog').getByText('What it took').waitFor();
    },
  },
  {
    name: 'retry',
    path: '#/activity',
    changes: { ...rich, refusedModules: [REFUSED] },
    window: true,
    act: async (page) => {
      await page.getByRole('button', { name: /Try again/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'receipts', path: '#/receipts', changes: rich, window: true },
  {
    name: 'proof',
    window: true,
    path: '#/receipts',
    changes: rich,
    act: async (page) => {
      await page
        .getByRole('button', { name: /path-traced/ })
        .first()
        .click();
      await page.getByText('4. The signed head').waitFor();
    },
  },
  { name: 'home-reasons', path: '#/home', changes: { ...rich, ...heldBack } },
  {
    name: 'pause-menu',
    path: '#/home',
    changes: { ...rich, gpus: 1 },
    window: true,
    detail: true,
    act: async (page) => {
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await page.getByRole('menuitem').first().waitFor();
    },
  },
  { name: 'limits', path: '#/limits', changes: rich },
  { name: 'limits-unknown', path: '#/limits', changes: { ...rich, ...unknown } },
  ...['processor', 'presence', 'power', 'programs', 'week', 'energy', 'connection', 'storage'].map(
    (page): Shot => ({
      name: `limits-${page}`,
      path: `#/limits/${page}`,
      changes: tuned,
      detail: !SHOWN.includes(page),
    }),
  ),
  {
    name: 'limits-undo',
    path: '#/limits/power',
    changes: rich,
    window: true,
    detail: true,
    act: async (page) => {
      await page.getByRole('switch', { name: 'Run on battery' }).check();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
  },
  {
    name: 'running-programs',
    path: '#/limits/programs',
    changes: rich,
    window: true,
    detail: true,
    act: async (page) => {
      await page.getByRole('button', { name: 'Choose from what runs' }).click();
      await page.getByRole('button', { name: 'blender' }).waitFor();
    },
  },
  {
    name: 'tariff',
    path: '#/limits/energy',
    changes: tuned,
    window: true,
    detail: true,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add hours' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'settings', path: '#/settings', changes: rich },
];

async function takeAll(): Promise<void> {
  for (const [width, height] of SIZES) {
    for (const theme of ['light', 'dark'] as const) {
      const page = await renderer.open({ width, height, theme });
      for (const { name, path, changes, act, window, detail } of shots) {
        if (only === undefined ? detail === true : only !== 'all' && !name.startsWith(only)) continue;
        renderer.agent.reset(changes);
        await page.goto('about:blank');
        await page.goto(renderer.address + path);
        await page.getByRole('heading').first().waitFor();
        await act?.(page);
        const png = await page.screenshot({ fullPage: window !== true });
        writeFileSync(join(out, `${name}-${theme}-${width}.png`), smallPng(png));
      }
    }
  }
}

try {
  await renderer.start();
  await takeAll();
} finally {
  await renderer.stop();
}
if (renderer.complaints.length > 0) throw new Error(renderer.complaints.join('\n'));
