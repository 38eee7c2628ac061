// SPDX-License-Identifier: MIT
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { ENDINGS, jobIds, PLAIN_STATES, REFUSED } from '../support/agent-states.ts';
import { HomePage, LimitsPage } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { SAMPLE_NOW } from '../support/sample-state.ts';

const renderer = rendererSuite();

const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
    const text = element?.getAttribute('aria-label') ?? labels[0]?.textContent ?? element?.textContent ?? '';
    return text.replace(/\s+/g, ' ').trim();
  });

/** Presses Tab until the focus is on what is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let pressed = 0; pressed < 40; pressed++) {
    await page.keyboard.press('Tab');
    if (name.test(await focusedName(page))) return;
  }
  throw new Error(`Tab never reached ${String(name)}`);
}

const focusIsVisible = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || !element.matches(':focus-visible')) return false;
    const own = getComputedStyle(element);
    const beside = element.nextElementSibling === null ? own : getComputedStyle(element.nextElementSibling);
    return [own, beside].some((style) => style.outlineStyle !== 'none' && style.outlineWidth !== '0px');
  });

describe('the keyboard alone', () => {
  it('is enough from the first run to a proof, a pause and a limit', async () => {
    renderer.agent.reset({ consent: 'needed', overall: 'needs_you' });
    const page = await renderer.open();
    const { keyboard } = page;

    await tabTo(page, /^Start earning$/);
    await keyboard.press('Enter');
    await expect.poll(() => new HomePage(page).titleText()).toBe('Earning');

    await tabTo(page, /^Pause$/);
    await keyboard.press('ArrowDown');
    expect(await focusedName(page)).toBe('For 15 minutes');
    await keyboard.press('End');
    expect(await focusedName(page)).toBe('Until I resume');
    await keyboard.press('ArrowDown');
    expect(await focusedName(page)).toBe('For 15 minutes');
    await keyboard.press('Escape');
    expect(await focusedName(page)).toBe('Pause');
    await keyboard.press('Enter');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await expect.poll(() => new HomePage(page).reasonText()).toBe('Paused by you until 13:00.');

    const receipt = renderer.agent.ledger.pay({
      job: jobIds.render,
      jobName: 'render',
      index: 0,
      amount: 5n,
      fuel: 5n,
      at: SAMPLE_NOW,
    });
    renderer.agent.publish({ receipts: [receipt] });
    await tabTo(page, /^Receipts$/);
    await keyboard.press('Enter');
    await expect.poll(() => focusedName(page)).toBe('Receipts');
    await tabTo(page, /^render/);
    await keyboard.press('Enter');
    await page.getByRole('dialog').getByText('4. The signed head').waitFor();
    await tabTo(page, /^Copy as JSON$/);
    await keyboard.press('Escape');
    await expect.poll(() => focusedName(page)).toMatch(/^render/);

    await page.goto(`${renderer.address}#/limits`);
    await tabTo(page, /^Processor and memory/);
    await keyboard.press('Enter');
    await tabTo(page, /^Processor while you are away$/);
    await keyboard.press('ArrowLeft');
    await expect.poll(() => new LimitsPage(page).value('Processor while you are away')).toBe('45%');
    await tabTo(page, /^Undo$/);
    await keyboard.press('Enter');
    await expect.poll(() => new LimitsPage(page).value('Processor while you are away')).toBe('50%');
  });

  it('is enough to read a passport, to copy from it, and to give a refused program another chance', async () => {
    renderer.agent.reset({ activity: [...ENDINGS], refusedModules: [REFUSED] });
    const page = await renderer.open({ path: '#/activity' });
    const { keyboard } = page;
    await tabTo(page, /^words/);
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Passport of a task' }).waitFor();
    await tabTo(page, /^Copy the module’s hash$/);
    await keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Copied.').waitFor();
    await tabTo(page, /^Show the whole account$/);
    await keyboard.press('Enter');
    expect(await focusedName(page)).toBe('Show less');
    await keyboard.press('Escape');
    await expect.poll(() => focusedName(page)).toMatch(/^words/);

    await page.goto(`${renderer.address}#/activity/refused`);
    await tabTo(page, /^Try again: Lattice sweep$/);
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Give this program another chance?' }).waitFor();
    await tabTo(page, /^Try again$/);
    await keyboard.press('Enter');
    await expect.poll(() => renderer.agent.intents.at(-1)?.name).toBe('retryModule');
  });

  it('shows where the focus is, on every control of every screen', async () => {
    renderer.agent.reset({
      ...PLAIN_STATES[0]?.[0],
      activity: [...ENDINGS],
      refusedModules: [REFUSED],
    });
    for (const path of [
      '#/home',
      '#/activity',
      '#/limits',
      '#/limits/programs',
      '#/limits/week',
      '#/limits/energy',
      '#/settings',
      '#/receipts',
    ]) {
      const page = await renderer.open({ path });
      const seen = new Set<string>();
      for (let pressed = 0; pressed < 30; pressed++) {
        await page.keyboard.press('Tab');
        const name = await focusedName(page);
        const onPage = await page.evaluate(() => document.activeElement !== document.body);
        if (!onPage) break;
        seen.add(name);
        expect(await focusIsVisible(page), `${path}: ${name}`).toBe(true);
      }
      expect(seen.size).toBeGreaterThan(4);
    }
  });
});
