// SPDX-License-Identifier: MIT
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { startWebHost, type WebHost } from '../../agent/adapters/web-host.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { openWindow, startBrowser } from './browser.ts';
import { buildRenderer } from './built-renderer.ts';
import { FakeAgent } from './fake-agent.ts';
import { SAMPLE_NOW } from './sample-state.ts';

interface Opening {
  readonly path?: string;
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  /** done to the page before it is loaded */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** The built renderer in a real browser, its agent in the test's hands. */
export class RendererUnderTest {
  readonly agent = new FakeAgent();
  /** what the page's console said of errors and what it threw; a page that works says nothing */
  readonly complaints: string[] = [];
  readonly #contexts: BrowserContext[] = [];
  #host: WebHost | undefined;
  #browser: Browser | undefined;
  #renderer: ReturnType<typeof buildRenderer> | undefined;

  async start(): Promise<void> {
    this.#renderer = buildRenderer();
    this.#host = await startWebHost({
      rendererDir: this.#renderer.dir,
      handle: this.agent.handle,
      subscribe: this.agent.subscribe,
      snapshot: this.agent.snapshot,
      port: 0,
      clock: systemClock,
      logger: silentLogger,
    });
    this.#browser = await startBrowser();
  }

  async stop(): Promise<void> {
    await this.closeWindows();
    await this.#browser?.close();
    await this.#host?.stop();
    this.#renderer?.remove();
  }

  /** Where the page is, for a window that has been opened. */
  get address(): string {
    return `${new URL(this.#freshUrl()).origin}/`;
  }

  #freshUrl(): string {
    if (this.#host === undefined) throw new Error('start it first');
    return this.#host.url();
  }

  /** Opens a window on it; the clock of its page stands at SAMPLE_NOW. */
  async open({
    path = '',
    width = 1100,
    height = 720,
    theme = 'light',
    prepare,
  }: Opening = {}): Promise<Page> {
    if (this.#browser === undefined) throw new Error('start it first');
    const context = await openWindow(this.#browser, { width, height, theme });
    this.#contexts.push(context);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    await page.clock.setFixedTime(SAMPLE_NOW);
    await prepare?.(page);
    await page.goto(this.#freshUrl() + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  async closeWindows(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }
}
