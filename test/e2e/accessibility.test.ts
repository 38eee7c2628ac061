// SPDX-License-Identifier: MIT
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { AgentState } from '../../protocol/agent-state.ts';
import { UNKNOWN_SIGNALS } from '../../protocol/signals.ts';
import { ENDINGS, jobIds, PLAIN_STATES, REASON_STATES, REFUSED, TUNED } from '../support/agent-states.ts';
import { ActivityPage, HomePage, LimitsPage, ReceiptsPage } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { SAMPLE_NOW } from '../support/sample-state.ts';

const renderer = rendererSuite();

interface Scene {
  readonly name: string;
  readonly path: string;
  readonly changes: Partial<AgentState>;
  readonly act?: (page: Page) => Promise<void>;
}

const receipts = () =>
  Array.from({ length: 3 }, (_, index) =>
    renderer.agent.ledger.pay({
      job: jobIds.render,
      jobName: 'render',
      index,
      amount: 9000n,
      fuel: 10n,
      at: SAMPLE_NOW,
    }),
  ).map((receipt, index) => ({ ...receipt, verified: index > 0 }));

const problem = { code: 'disk_full', message: 'The disk is full: free some space.', at: SAMPLE_NOW };

const SCENES: readonly Scene[] = [
  { name: 'first run', path: '', changes: { consent: 'needed', overall: 'needs_you' } },
  { name: 'earning', path: '#/home', changes: PLAIN_STATES[0]?.[0] ?? {} },
  { name: 'waiting', path: '#/home', changes: REASON_STATES.user_active[0]?.[0] ?? {} },
  { name: 'paused', path: '#/home', changes: REASON_STATES.paused_by_user[1]?.[0] ?? {} },
  { name: 'offline', path: '#/home', changes: REASON_STATES.offline[0]?.[0] ?? {} },
  { name: 'needs you', path: '#/home', changes: REASON_STATES.ledger_contradiction[0]?.[0] ?? {} },
  {
    name: 'pause menu',
    path: '#/home',
    changes: {},
    act: async (page) => {
      await new HomePage(page).pauseButton.click();
      await page.getByRole('menuitem').first().waitFor();
    },
  },
  {
    name: 'activity with a refused program',
    path: '#/activity',
    changes: { ...PLAIN_STATES[0]?.[0], activity: [...ENDINGS], refusedModules: [REFUSED] },
  },
  {
    name: 'passport',
    path: '#/activity',
    changes: { activity: [...ENDINGS] },
    act: async (page) => {
      const activity = new ActivityPage(page);
      await activity.open(1);
      await activity.passport.getByRole('button', { name: 'Show the whole account' }).click();
    },
  },
  {
    name: 'another chance for a refused program',
    path: '#/activity',
    changes: { refusedModules: [REFUSED] },
    act: async (page) => {
      await page.getByRole('button', { name: /Try again/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'receipts', path: '#/receipts', changes: {} },
  { name: 'no receipts', path: '#/receipts', changes: { receipts: [] } },
  {
    name: 'proof',
    path: '#/receipts',
    changes: {},
    act: async (page) => {
      const { dialog } = await new ReceiptsPage(page).open(1);
      await dialog.getByText('4. The signed head').waitFor();
    },
  },
  { name: 'limits', path: '#/limits', changes: { signals: UNKNOWN_SIGNALS } },
  ...['processor', 'presence', 'programs', 'week', 'energy', 'connection'].map((page): Scene => ({
    name: `limits: ${page}`,
    path: `#/limits/${page}`,
    changes: TUNED,
  })),
  {
    name: 'limits with undo',
    path: '#/limits/power',
    changes: {},
    act: async (page) => {
      const limits = new LimitsPage(page);
      await limits.battery.check();
      await limits.undoButton.waitFor();
    },
  },
  {
    name: 'hours with another price',
    path: '#/limits/energy',
    changes: TUNED,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add hours' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'running programs',
    path: '#/limits/programs',
    changes: TUNED,
    act: async (page) => {
      await page.getByRole('button', { name: 'Choose from what runs' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'blender' }).waitFor();
    },
  },
  { name: 'settings with a problem', path: '#/settings', changes: { problems: [problem] } },
];

/** Brings a page to a scene, as if it had been opened there. */
async function show(page: Page, scene: Scene): Promise<void> {
  await page.goto('about:blank');
  renderer.agent.reset({ receipts: receipts(), ...scene.changes });
  await page.goto(renderer.address + scene.path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await scene.act?.(page);
}

async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

/** What reaches beyond the window, sideways. */
const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => `${element.tagName}.${element.className}`);
  });

/** What is wrong on each screen, as `look` finds it. */
async function wrongOn(page: Page, look: () => Promise<string[]>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const scene of SCENES) {
    await show(page, scene);
    found[scene.name] = await look();
  }
  return found;
}

const NOTHING = Object.fromEntries(SCENES.map(({ name }) => [name, []]));

// Colours do not depend on the width, nor what is where on the theme: two looks see both.
describe.each([
  { width: 1100, theme: 'light' },
  { width: 380, theme: 'dark' },
] as const)('at $width pixels', ({ width, theme }) => {
  it(`axe finds nothing wrong on any screen in the ${theme} theme`, async () => {
    const page = await renderer.open({ width, theme });
    expect(await wrongOn(page, () => violationsOf(page))).toEqual(NOTHING);
  }, 120_000);

  it('text at 200 % loses nothing on any screen', async () => {
    const page = await renderer.open({ width, theme });
    const look = async (): Promise<string[]> => {
      const before = await overflowing(page);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
      });
      return [...before, ...(await overflowing(page))];
    };
    expect(await wrongOn(page, look)).toEqual(NOTHING);
  }, 120_000);
});
