// SPDX-License-Identifier: MIT
import type { Page, WebSocketRoute } from 'playwright-core';
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

/** Stands between a page and its host: can cut the line, and say things that the agent would not. */
class Line {
  refused = false;
  #page: WebSocketRoute | undefined;

  readonly prepare = (page: Page): Promise<void> =>
    page.routeWebSocket(/\/bridge$/, async (route) => {
      if (this.refused) return route.close();
      this.#page = route;
      route.connectToServer();
    });

  async cut(): Promise<void> {
    this.refused = true;
    await this.#page?.close();
  }

  say(text: string): void {
    this.#page?.send(text);
  }
}

describe('the connection to the agent', () => {
  it('says when it is lost, and is taken up again by itself', async () => {
    const line = new Line();
    renderer.agent.reset(PLAIN_STATES[0]?.[0]);
    const page = await renderer.open({ prepare: line.prepare });
    expect(await lost(page).count()).toBe(0);
    await line.cut();
    await lost(page).waitFor();
    await new HomePage(page).pause('For 1 hour');
    await expect
      .poll(() => noticeOf(page).getByRole('alert').textContent())
      .toContain('Lull does not answer');
    renderer.agent.reset(REASON_STATES.on_battery[0]?.[0]);
    line.refused = false;
    await lost(page).waitFor({ state: 'detached' });
    await expect.poll(() => new HomePage(page).reasonText()).toContain('on battery');
  });

  it('is closed while the page is hidden and opened when it is seen again', async () => {
    const page = await renderer.open();
    await expect.poll(() => renderer.agent.listening).toBe(1);
    await setHidden(page, true);
    await expect.poll(() => renderer.agent.listening).toBe(0);
    expect(await lost(page).count()).toBe(0);
    renderer.agent.reset(REASON_STATES.disk_low[0]?.[0]);
    await setHidden(page, false);
    await expect.poll(() => new HomePage(page).reasonText()).toContain('8.2 GB');
    expect(renderer.agent.listening).toBe(1);
  });

  it('does not believe a message that the agent would not send', async () => {
    const line = new Line();
    const page = await renderer.open({ prepare: line.prepare });
    line.say('{"type":"snapshot","snapshot":{"revision":99,"state":{}}}');
    await lost(page).waitFor();
    await lost(page).waitFor({ state: 'detached' });
    expect(await new HomePage(page).titleText()).toBe('Waiting');
  });
});
