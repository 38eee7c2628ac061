// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import type { ReceiptSummary } from '../../protocol/agent-state.ts';
import { receiptProofSchema } from '../../protocol/ledger.ts';
import { verifyReceipt } from '../../protocol/ledger-proofs.ts';
import { jobIds } from '../support/agent-states.ts';
import { ReceiptsPage } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { SAMPLE_NOW } from '../support/sample-state.ts';

const renderer = rendererSuite();
const HOUR = 3_600_000;
let receipts: ReceiptSummary[];

beforeEach(() => {
  receipts = Array.from({ length: 13 }, (_, index) =>
    renderer.agent.ledger.pay({
      job: jobIds.earthquakes,
      jobName: 'earthquakes',
      index,
      amount: 10_000n + BigInt(index),
      fuel: 2n ** 60n,
      at: SAMPLE_NOW - (13 - index) * 2 * HOUR,
    }),
  ).reverse();
  const { earnings } = renderer.agent.snapshot().state;
  renderer.agent.publish({ receipts, earnings: { ...earnings, receipts: 40 } });
});

const open = async (): Promise<ReceiptsPage> => new ReceiptsPage(await renderer.open({ path: '#/receipts' }));

describe('Receipts', () => {
  it('lists the newest first, by day, with amount, job, time and what this computer verified', async () => {
    const [newest, ...older] = receipts;
    if (newest === undefined) throw new Error('no receipts');
    renderer.agent.publish({ receipts: [{ ...newest, verified: false }, ...older] });
    const list = await open();
    expect(await list.rows.count()).toBe(13);
    const text = async (row: number): Promise<string> => (await list.rows.nth(row).textContent()) ?? '';
    expect(await text(0)).toMatch(/earthquakes.*task 13 · 10:00.*0\.0100.*being checked/s);
    expect(await text(1)).toMatch(/earthquakes.*task 12 · 08:00.*0\.0100.*verified on this computer/s);
    const page = list.rows.page();
    expect(await page.getByRole('region', { name: 'Today' }).getByRole('listitem').count()).toBe(6);
    expect(await page.getByRole('region', { name: 'Yesterday' }).count()).toBe(1);
    expect(await page.getByText('27 older receipts are kept on this computer.').count()).toBe(1);
  });

  it('opens a proof that holds on its own', async () => {
    const proof = await (await open()).open(3);
    const { dialog } = proof;
    await dialog.getByText('4. The signed head').waitFor();
    expect(await dialog.textContent()).toContain('Verified on this computer');
    const shown = receiptProofSchema.parse(await proof.json());
    expect(shown.receipt.statement.id).toBe(receipts[3]?.id);
    expect(verifyReceipt(shown, shown.head.head.network)).toBe('verified');
  });

  it('shows the path from the entry to the signed root', async () => {
    const { dialog } = await (await open()).open(3);
    const part = dialog.getByRole('listitem').filter({ hasText: '3. The path to the root' }).first();
    const steps = part.getByRole('listitem');
    await steps.first().waitFor();
    const proof = await renderer.agent.ledger.proof(receipts[3]?.id ?? (undefined as never));
    expect(await steps.count()).toBe((proof?.inclusion.hashes.length ?? 0) + 2);
    expect(await steps.last().textContent()).toContain(proof?.head.head.root);
  });

  it('copies the proof as JSON', async () => {
    const list = await open();
    const proof = await list.open(0);
    await proof.copyButton.click();
    await proof.dialog.getByText('Copied.').waitFor();
    const copied: unknown = JSON.parse(await list.rows.page().evaluate(() => navigator.clipboard.readText()));
    expect(receiptProofSchema.parse(copied).receipt.statement.id).toBe(receipts[0]?.id);
  });

  it('says why when there is no proof', async () => {
    const [first] = receipts;
    if (first === undefined) throw new Error('no receipts');
    renderer.agent.publish({
      receipts: [{ ...first, id: 'rcp_unknown-0' as typeof first.id, verified: false }],
    });
    const { dialog } = await (await open()).open(0);
    await dialog.getByText('There is no such receipt on this computer.').waitFor();
  });

  it('closes with Escape and gives the focus back to the row', async () => {
    const list = await open();
    const { dialog } = await list.open(2);
    await list.rows.page().keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => list.rows.nth(2).evaluate((row) => row === document.activeElement)).toBe(true);
  });

  it('helps when there is none yet', async () => {
    renderer.agent.reset({ receipts: [] });
    const page = (await open()).rows.page();
    await page.getByRole('heading', { name: 'No receipts yet' }).waitFor();
    await page.getByRole('link', { name: 'See what happens now' }).click();
    await page.getByRole('heading', { level: 1, name: 'Waiting' }).waitFor();
  });
});
