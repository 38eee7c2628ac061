// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { noticeOf } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { SAMPLE_NOW } from '../support/sample-state.ts';

const renderer = rendererSuite();
const open = () => renderer.open({ path: '#/settings' });

describe('Settings', () => {
  it('changes the theme at once', async () => {
    const page = await open();
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    await page.getByRole('radio', { name: 'Dark' }).check();
    await expect.poll(background).not.toBe(light);
    expect(renderer.agent.snapshot().state.settings.theme).toBe('dark');
  });

  it('follows the theme of the system until told otherwise', async () => {
    const backgrounds = await Promise.all(
      (['light', 'dark'] as const).map(async (theme) => {
        const page = await renderer.open({ path: '#/settings', theme });
        return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      }),
    );
    expect(backgrounds[0]).not.toBe(backgrounds[1]);
  });

  it('says in plain words where the keys are and what kind of network this is', async () => {
    const page = await open();
    const main = page.getByRole('main');
    expect(await main.textContent()).toContain('not encrypted, because this system has no keychain');
    expect(await main.textContent()).toContain('A network of one');
    renderer.agent.publish({
      keychain: 'system',
      network: {
        kind: 'remote',
        url: 'https://net.example',
        name: 'Example',
        practice: false,
        connection: 'offline',
        message: 'The server does not answer.',
      },
    });
    await page.getByText('The network at https://net.example.').waitFor();
    expect(await main.textContent()).toContain('In this system’s keychain');
    expect(await main.textContent()).toContain('The server does not answer.');
    expect(await page.getByRole('button', { name: 'Run the practice jobs again' }).count()).toBe(0);
  });

  it('shows device and account by both ends of their ids', async () => {
    const page = await open();
    await page.getByText('dev1ce…Hj0Kf8').waitFor();
    await page.getByText('acc0un…Cv2Bn4').waitFor();
  });

  it('lists problems with what to do', async () => {
    const page = await open();
    await page.getByText('None. All is well.').waitFor();
    const message =
      'The settings file could not be read, so every setting is back at its default. Set them again.';
    renderer.agent.publish({ problems: [{ code: 'bad_settings', message, at: SAMPLE_NOW - 120_000 }] });
    const problems = page.getByRole('region', { name: 'Problems' });
    await problems.getByText(message).waitFor();
    expect(await problems.textContent()).toContain('2 min ago');
  });

  it('says when the history of the ledger does not hold together', async () => {
    renderer.agent.publish({ ledger: { size: 10, checkedAt: SAMPLE_NOW, trusted: false } });
    const page = await open();
    await page.getByText('The network rewrote its history.', { exact: false }).waitFor();
  });
});

describe('The settings as a file', () => {
  const settings = () => renderer.agent.snapshot().state.settings;

  it('are exported, and imported again with what is bad named, and the import is taken back', async () => {
    renderer.agent.publish({ settings: { ...settings(), awayCpuPercent: 80 } });
    const page = await open();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export…' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('lull-settings.json');
    const exported = JSON.parse(readFileSync(await download.path(), 'utf8')) as Record<string, unknown>;
    expect(exported).toMatchObject({ awayCpuPercent: 80 });
    expect(exported).not.toHaveProperty('consentGivenAt');

    const text = JSON.stringify({ ...exported, awayCpuPercent: 40, idleMinutes: 'soon', coffee: true });
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Import…' }).click(),
    ]);
    await chooser.setFiles({ name: 'mine.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await expect.poll(() => settings()).toMatchObject({ awayCpuPercent: 40, idleMinutes: 5 });
    await expect
      .poll(() => noticeOf(page).textContent())
      .toContain('2 could not be read and stay as they were: Away after and coffee.');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => settings().awayCpuPercent).toBe(80);
  });

  it('say what to do when the file is none of settings', async () => {
    const page = await open();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('no') });
    await expect.poll(() => noticeOf(page).getByRole('alert').textContent()).toContain('no settings of Lull');
  });

  it('go back to their defaults all at once, and come back the same way', async () => {
    renderer.agent.publish({
      settings: { ...settings(), exclusiveApps: ['x'], startAtLogin: true, idleMinutes: 9 },
    });
    const page = await open();
    await page.getByRole('button', { name: 'Reset everything' }).click();
    await expect
      .poll(() => settings())
      .toMatchObject({ exclusiveApps: [], startAtLogin: false, idleMinutes: 5 });
    expect(settings().consentGivenAt).not.toBeNull();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(() => settings())
      .toMatchObject({ exclusiveApps: ['x'], startAtLogin: true, idleMinutes: 9 });
  });

  it('start Lull at login by one switch', async () => {
    const page = await open();
    await page.getByRole('switch', { name: 'Start when you log in' }).check();
    await expect.poll(() => settings().startAtLogin).toBe(true);
  });
});
