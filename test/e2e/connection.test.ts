// SPDX-License-Identifier: MIT
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { PLAIN_STATES, REASON_STATES } from '../support/agent-states.ts';
import { HomePage, noticeOf } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';

const renderer = rendererSuite();
const lost = (page: Page) => page.getByRole('alert').filter({ hasText: 'is lost' });

const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

describe('the connection to the agent', () => {
  it('says when it is lost, and is taken up again by itself', async () => {
    renderer.agent.reset(PLAIN_STATES[0]?.[0]);
    const page = await renderer.open();
    expect(await lost(page).count()).toBe(0);
    await renderer.host.refuse(true);
    await lost(page).waitFor();
    await new HomePage(page).pause('For 1 hour');
    await expect
      .poll(() => noticeOf(page).getByRole('alert').textContent())
      .toContain('Lull does not answer');
    renderer.agent.reset(REASON_STATES.on_battery[0]?.[0]);
    await renderer.host.refuse(false);
    await lost(page).waitFor({ state: 'detached' });
    await expect.poll(() => new HomePage(page).reasonText()).toContain('on battery');
    // Chromium itself reports each attempt that failed.
    renderer.complaints.length = 0;
  });

  it('is closed while the page is hidden and opened when it is seen again', async () => {
    const page = await renderer.open();
    await expect.poll(() => renderer.host.connections()).toBe(1);
    await setHidden(page, true);
    await expect.poll(() => renderer.host.connections()).toBe(0);
    expect(await lost(page).count()).toBe(0);
    renderer.agent.reset(REASON_STATES.disk_low[0]?.[0]);
    await setHidden(page, false);
    await expect.poll(() => new HomePage(page).reasonText()).toContain('8.2 GB');
    expect(renderer.host.connections()).toBe(1);
  });

  it('does not believe a message that the agent would not send', async () => {
    const page = await renderer.open();
    renderer.host.sendRaw('{"type":"snapshot","snapshot":{"revision":99,"state":{}}}');
    await lost(page).waitFor();
    await lost(page).waitFor({ state: 'detached' });
    expect(await new HomePage(page).titleText()).toBe('Waiting');
  });
});
