// SPDX-License-Identifier: MIT
import type { Locator, Page } from 'playwright-core';

/*
 * How a person finds things on the page: by role and by label, in English. The tests of the renderer and the tests of
 * the whole program drive it through these.
 */

export type ScreenName = 'Home' | 'Activity' | 'Receipts' | 'Limits' | 'Settings';
export type PauseChoice = 'For 15 minutes' | 'For 1 hour' | 'Until tomorrow, 08:00' | 'Until I resume';

const plain = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim();

export class FirstRunPage {
  readonly startButton: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.startButton = page.getByRole('button', { name: 'Start earning' });
  }

  /** The lines under a heading: "What runs", "What never happens", "Limits already set". */
  async lines(heading: string): Promise<string[]> {
    const items = this.#page.getByRole('region', { name: heading }).getByRole('listitem');
    return (await items.allTextContents()).map(plain);
  }

  /** Agrees, and waits for Home. */
  async accept(): Promise<void> {
    await this.startButton.click();
    await new Navigation(this.#page).link('Home').waitFor();
  }
}

export class Navigation {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  link(name: ScreenName): Locator {
    return this.#page.getByRole('navigation').getByRole('link', { name, exact: true });
  }

  async to(name: ScreenName): Promise<void> {
    await this.link(name).click();
    if (name !== 'Home') await this.#page.getByRole('heading', { level: 1, name }).waitFor();
  }
}

export class HomePage {
  /** one word: "Earning", "Waiting", … */
  readonly title: Locator;
  /** the sentence that says why */
  readonly reason: Locator;
  readonly pauseButton: Locator;
  readonly resumeButton: Locator;
  readonly earnButton: Locator;
  /** the tasks that run */
  readonly tasks: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.title = page.getByRole('heading', { level: 1 });
    this.reason = page.getByRole('main').getByRole('paragraph').first();
    this.pauseButton = page.getByRole('button', { name: 'Pause', exact: true });
    this.resumeButton = page.getByRole('button', { name: 'Resume' });
    this.earnButton = page.getByRole('button', { name: 'Earn for an hour' });
    this.tasks = page.getByRole('progressbar');
  }

  async reasonText(): Promise<string> {
    return plain(await this.reason.textContent());
  }

  async titleText(): Promise<string> {
    return plain(await this.title.textContent());
  }

  async pause(choice: PauseChoice): Promise<void> {
    await this.pauseButton.click();
    await this.#page.getByRole('menuitem', { name: choice }).click();
  }

  /** An amount of the earnings card as it is shown: of "Today", "7 days", "30 days" or "Lifetime". */
  async earned(period: string): Promise<string> {
    const pairs = this.#page.getByRole('region', { name: 'Earnings' });
    const term = pairs.getByRole('term').filter({ hasText: new RegExp(`^${period}$`) });
    return plain(await term.locator('xpath=following-sibling::*[1]').textContent());
  }
}

export class ActivityPage {
  /** the tasks that have ended, newest first */
  readonly rows: Locator;
  readonly refused: Locator;
  readonly passport: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.rows = page
      .getByRole('main')
      .getByRole('listitem')
      .getByRole('button', { name: /Completed|Failed|Given back/ });
    this.refused = page.getByRole('region', { name: 'Refused on this computer' });
    this.passport = page.getByRole('dialog', { name: 'Passport of a task' });
  }

  /** @param index 0 is the newest */
  async open(index: number): Promise<Locator> {
    await this.rows.nth(index).click();
    await this.passport.waitFor();
    return this.passport;
  }

  /** Opens the passport of a task that runs. */
  async openRunning(job: string): Promise<Locator> {
    await this.#page.getByRole('button', { name: new RegExp(`^${job}, task`) }).click();
    await this.passport.waitFor();
    return this.passport;
  }

  /** A line of the open passport: "Fuel", "Memory", "Bytes in", … */
  async line(name: string): Promise<string> {
    const term = this.passport.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) });
    return plain(await term.locator('xpath=following-sibling::*[1]').textContent());
  }
}

export class ReceiptsPage {
  readonly rows: Locator;
  readonly proof: ProofDialog;

  constructor(page: Page) {
    this.rows = page.getByRole('main').getByRole('listitem').getByRole('button');
    this.proof = new ProofDialog(page);
  }

  /** @param index 0 is the newest */
  async open(index: number): Promise<ProofDialog> {
    await this.rows.nth(index).click();
    await this.proof.dialog.waitFor();
    return this.proof;
  }
}

export class ProofDialog {
  readonly dialog: Locator;
  readonly copyButton: Locator;
  readonly closeButton: Locator;

  constructor(page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Proof of a receipt' });
    this.copyButton = this.dialog.getByRole('button', { name: 'Copy as JSON' });
    this.closeButton = this.dialog.getByRole('button', { name: 'Close' });
  }

  /** The whole proof as the dialog shows it. */
  async json(): Promise<unknown> {
    const details = this.dialog.locator('details');
    await details.getByText('Everything as JSON').click();
    return JSON.parse((await details.locator('pre').textContent()) ?? '');
  }
}

export type LimitPageName =
  | 'Processor and memory'
  | 'When you are away'
  | 'Power and heat'
  | 'Other programs'
  | 'Schedule'
  | 'Electricity'
  | 'Network'
  | 'Disk';

export class LimitsPage {
  readonly undoButton: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.undoButton = page.getByRole('button', { name: 'Undo' });
  }

  slider(name: string): Locator {
    return this.#page.getByRole('slider', { name });
  }

  get battery(): Locator {
    return this.#page.getByRole('switch', { name: 'Run on battery' });
  }

  /** Opens one of the pages of limits from their list. */
  async open(name: LimitPageName): Promise<void> {
    await this.#page
      .getByRole('navigation', { name: 'Limits by subject' })
      .getByRole('link', { name })
      .click();
    await this.#page.getByRole('heading', { level: 1, name }).waitFor();
  }

  preset(name: 'Quiet' | 'Balanced' | 'Full' | 'Custom'): Locator {
    return this.#page.getByRole('radio', { name, exact: true });
  }

  switch(name: string): Locator {
    return this.#page.getByRole('switch', { name });
  }

  /** An hour of the week grid, or a header of it: "Monday 14:00", "Monday, whole day". */
  hour(name: string): Locator {
    return this.#page.getByRole('grid').locator(`[aria-label="${name}"]`);
  }

  /** The value as it is read: "50%", "5 minutes". */
  async value(name: string): Promise<string> {
    return plain(await this.slider(name).getAttribute('aria-valuetext'));
  }

  /** What a sensor says: "Without input", "Power", "Screen locked", "Free disk", … */
  async sensor(name: string): Promise<string> {
    const term = this.#page.getByRole('term').filter({ hasText: name });
    return plain(await term.locator('xpath=following-sibling::*[1]').textContent());
  }
}

/** What the page says about what was just done. */
export const noticeOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' });
