// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

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
