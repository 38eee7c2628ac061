// SPDX-License-Identifier: MIT
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { openWindow, startBrowser } from './browser.ts';
import { buildRenderer } from './built-renderer.ts';
import { FakeAgent } from './fake-agent.ts';
import { type FakeHost, startFakeHost } from './fake-host.ts';
import { SAMPLE_NOW } from './sample-state.ts';

interface Opening {
  readonly path?: string;
  readonly width?: number;
  readonly theme?: 'light' | 'dark';
}

/** The built renderer in a real browser, its agent in the test's hands. */
export class RendererUnderTest {
  readonly agent = new FakeAgent();
  /** what the page's console said of errors and what it threw; a page that works says nothing */
  readonly complaints: string[] = [];
  readonly #contexts: BrowserContext[] = [];
  #host: FakeHost | undefined;
  #browser: Browser | undefined;
  #renderer: ReturnType<typeof buildRenderer> | undefined;

  async start(): Promise<void> {
    this.#renderer = buildRenderer();
    this.#host = await startFakeHost(this.agent, this.#renderer.dir);
    this.#browser = await startBrowser();
  }

  async stop(): Promise<void> {
    await this.closeWindows();
    await this.#browser?.close();
    await this.#host?.stop();
    this.#renderer?.remove();
  }

  get host(): FakeHost {
    if (this.#host === undefined) throw new Error('start it first');
    return this.#host;
  }

  /** Opens a window on it; the clock of its page stands at SAMPLE_NOW. */
  async open({ path = '', width = 1100, theme = 'light' }: Opening = {}): Promise<Page> {
    if (this.#browser === undefined) throw new Error('start it first');
    const context = await openWindow(this.#browser, { width, theme });
    this.#contexts.push(context);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    await page.clock.setFixedTime(SAMPLE_NOW);
    await page.goto(this.host.url() + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  async closeWindows(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }
}
