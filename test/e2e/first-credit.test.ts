// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { receiptProofSchema } from '../../protocol/ledger.ts';
import { verifyReceipt } from '../../protocol/ledger-proofs.ts';
import { openWindow, startBrowser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { startDevice, statusOf } from '../support/network.ts';
import { FirstRunPage, HomePage, Navigation, ReceiptsPage } from '../support/pages.ts';
import type { TestProcess } from '../support/processes.ts';

/*
 * The whole program as a newcomer meets it: the real headless host with its network of one, the built renderer, a
 * real browser. Nothing is faked. LULL_SCREENSHOTS names a folder that gets a picture of each step.
 */
const chromium = needs('chromium');
const pictures = process.env['LULL_SCREENSHOTS'];
let data: string;
let host: TestProcess | undefined;
let browser: Browser | undefined;

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

beforeAll(async () => {
  if (!chromium.ok) return;
  data = await mkdtemp(join(tmpdir(), 'lull-first-credit-'));
  host = await startDevice({ data, settings: { keepFreeGigabytes: 0 } });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await host?.stop();
  if (chromium.ok) await rm(data, { recursive: true, force: true });
});

it(
  'takes a newcomer from the first screen to a receipt that their own computer has verified',
  { timeout: 180_000 },
  async (context) => {
    if (!chromium.ok || browser === undefined || host === undefined)
      return context.skip('chromium is not installed');
    const address = /http:\/\/127\.0\.0\.1:[0-9]+\/\S+/.exec(host.output)?.[0] ?? '';
    const page = await (await openWindow(browser, { width: 1100 })).newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(address);

    // Before consent nothing has run and nothing was asked of any network.
    const before = await statusOf(data);
    expect(before).toMatchObject({ consent: 'needed', slots: [], overall: 'needs_you' });
    const first = new FirstRunPage(page);
    await first.startButton.waitFor();
    await picture(page, '1-first-run');
    await first.accept();

    const home = new HomePage(page);
    await expect.poll(() => home.titleText(), { timeout: 60_000 }).toBe('Earning');
    await expect.poll(() => home.earned('Lifetime'), { timeout: 120_000 }).not.toMatch(/^0\.0+$/);
    await picture(page, '2-earning');
    expect(await home.earned('Today')).toContain('practice credits');

    await new Navigation(page).to('Receipts');
    const receipts = new ReceiptsPage(page);
    await expect.poll(() => receipts.rows.count()).toBeGreaterThan(0);
    await expect.poll(() => receipts.rows.first().textContent()).toContain('verified on this computer');
    await picture(page, '3-receipts');
    const dialog = await receipts.open(0);
    const proof = receiptProofSchema.parse(await dialog.json());
    expect(verifyReceipt(proof, proof.head.head.network)).toBe('verified');
    await picture(page, '4-proof');
    await dialog.closeButton.click();

    await new Navigation(page).to('Home');
    await home.pause('For 15 minutes');
    await expect.poll(() => home.titleText()).toBe('Paused');
    await expect
      .poll(async () => (await statusOf(data)).slots.every(({ state }) => state === 'parked'))
      .toBe(true);
    await picture(page, '5-paused');
    await home.resumeButton.click();
    await expect.poll(() => home.titleText(), { timeout: 30_000 }).toBe('Earning');
    await picture(page, '6-resumed');
    expect(complaints).toEqual([]);
  },
);
