// SPDX-License-Identifier: MIT
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { activityOf, ENDINGS, PLAIN_STATES, REFUSED, slotOf } from '../support/agent-states.ts';
import { ActivityPage, HomePage, Navigation, noticeOf } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { SAMPLE_NOW, samplePassport } from '../support/sample-state.ts';

const renderer = rendererSuite();
const PASSPORT = samplePassport();
const earning = PLAIN_STATES[0]?.[0] ?? {};

const open = async (
  theme: 'light' | 'dark' = 'light',
  width = 1100,
): Promise<ActivityPage & { page: Page }> => {
  const page = await renderer.open({ path: '#/activity', theme, width });
  return Object.assign(new ActivityPage(page), { page });
};

describe('Activity', () => {
  it('lists what ended, by day, each with how it ended and the time that it computed', async () => {
    renderer.agent.reset({ activity: [...ENDINGS] });
    const { rows, page } = await open();
    expect(await rows.count()).toBe(ENDINGS.length);
    const text = async (row: number): Promise<string> => (await rows.nth(row).textContent()) ?? '';
    expect(await text(0)).toMatch(/earthquakes.*task 2 · 11:53.*Completed.*4\.1\sseconds/s);
    expect(await text(1)).toMatch(/render.*Failed/s);
    expect(await text(2)).toMatch(/words.*Given back.*0\.7\sseconds/s);
    expect(await page.getByRole('region', { name: 'Today' }).getByRole('listitem').count()).toBe(3);
    expect(await page.getByRole('region', { name: 'Yesterday' }).getByRole('listitem').count()).toBe(1);
  });

  it.each(['light', 'dark'] as const)('opens the passport of each, in the %s theme', async (theme) => {
    renderer.agent.reset({ activity: [...ENDINGS] });
    const activity = await open(theme);
    await activity.open(0);
    expect(await activity.line('Module')).toContain(PASSPORT.module);
    expect(await activity.line('Published by')).toContain('pub0is…g6Hj08');
    expect(await activity.line('Kind')).toBe('Stepped module');
    expect(await activity.line('Fuel')).toBe('1,450,000,000 units');
    expect(await activity.line('Memory')).toBe('6.4 MB at most, of 67.1 MB that it may have');
    expect(await activity.line('Bytes in')).toBe('214 kB, of which 9.3 kB came over the network');
    expect(await activity.line('Bytes out')).toBe('1.2 kB');
    expect(await activity.line('Processor time')).toBe('4.1 seconds');
    expect(await activity.line('Began')).toBe('22 Nov 2026, 11:52:52');
    expect(await activity.line('Ended')).toBe('22 Nov 2026, 11:53:00');
    await activity.page.keyboard.press('Escape');
    const failed = await activity.open(1);
    await failed.getByText('Failed: It used more than the 2000000000 units that it may use.').waitFor();
    await activity.page.keyboard.press('Escape');
    const lost = await activity.open(2);
    await lost.getByText('Given back: The requester cancelled the job.').waitFor();
    expect(await activity.line('Memory')).toBe('Not known; it may have 67.1 MB');
    expect(await activity.line('Bytes in')).toBe('214 kB, all of it already here');
  });

  it('says of an earlier version’s task that its program was not recorded, and shows the rest', async () => {
    renderer.agent.reset({ activity: [...ENDINGS] });
    const activity = await open();
    const passport = await activity.open(3);
    await passport.getByText('is not recorded').waitFor();
    expect(await activity.line('Fuel')).toBe('1,450,000,000 units');
    expect(await passport.getByRole('term').filter({ hasText: 'Module' }).count()).toBe(0);
  });

  it('copies the whole hash of a module, and shows the whole account on demand', async () => {
    renderer.agent.reset({ activity: [...ENDINGS] });
    const activity = await open('light', 380);
    const passport = await activity.open(0);
    await passport.getByRole('button', { name: 'Copy the module’s hash' }).click();
    await passport.getByText('Copied.').waitFor();
    expect(await activity.page.evaluate(() => navigator.clipboard.readText())).toBe(PASSPORT.module);
    const toggle = passport.getByRole('button', { name: 'Show the whole account' });
    expect(await toggle.getAttribute('aria-expanded')).toBe('false');
    await toggle.click();
    expect(await activity.line('Published by')).toContain(PASSPORT.publisher);
    await passport.getByRole('button', { name: 'Show less' }).click();
    expect(await activity.line('Published by')).not.toContain(PASSPORT.publisher);
  });

  it('says so when the program is the owner’s own', async () => {
    const passport = samplePassport({ publisher: renderer.agent.account });
    renderer.agent.reset({ activity: [activityOf(1, { passport })] });
    const activity = await open();
    await activity.open(0);
    expect(await activity.line('Published by')).toContain('You: the account of this device.');
  });

  it('shows older ones on demand, with their passports', async () => {
    const items = Array.from({ length: 53 }, (_, number) => activityOf(number));
    renderer.agent.reset({ activity: items.slice(0, 50) });
    renderer.agent.olderActivity = items.slice(50);
    const activity = await open();
    expect(await activity.rows.count()).toBe(50);
    const more = activity.page.getByRole('button', { name: 'Show older' });
    await more.click();
    await more.waitFor({ state: 'detached' });
    expect(await activity.rows.count()).toBe(53);
    await activity.open(52);
    expect(await activity.line('Attempt')).toBe('att_ended052');
    await activity.page.keyboard.press('Escape');
    renderer.agent.publish({ activity: [activityOf(99, { at: SAMPLE_NOW }), ...items.slice(0, 49)] });
    await expect.poll(() => activity.rows.count()).toBe(54);
  });

  it('closes with Escape and gives the focus back to the row', async () => {
    renderer.agent.reset({ activity: [...ENDINGS] });
    const activity = await open();
    const passport = await activity.open(2);
    await activity.page.keyboard.press('Escape');
    await passport.waitFor({ state: 'detached' });
    await expect
      .poll(() => activity.rows.nth(2).evaluate((row) => row === document.activeElement))
      .toBe(true);
  });

  it('helps when nothing has run yet', async () => {
    const { page } = await open();
    await page.getByRole('heading', { name: 'Nothing has run here yet' }).waitFor();
    await page.getByRole('link', { name: 'See what happens now' }).click();
    await page.getByRole('heading', { level: 1, name: 'Waiting' }).waitFor();
  });
});

describe('a running task', () => {
  it('shows its fuel, its memory and the work at risk, and goes on doing so in its passport', async () => {
    const slot = slotOf('earthquakes', 'science', 12, 640);
    renderer.agent.reset({ ...earning, slots: [slot] });
    const activity = await open();
    const running = activity.page.getByRole('region', { name: 'Running now' });
    await running.getByText('1.2bn units of fuel · 6.4 MB of 67.1 MB memory').waitFor();
    await running.getByText('12 seconds of work at risk in a crash; saved just now.').waitFor();
    const passport = await activity.openRunning('earthquakes');
    expect(await passport.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('64');
    const checkpoint = { ...slot.checkpoint, atRiskMs: 27_000, resumed: true };
    renderer.agent.publish({ slots: [{ ...slot, progressPermille: 900, checkpoint }] });
    await passport.getByText('27 seconds of work at risk in a crash').waitFor();
    await passport.getByText('It went on from a checkpoint.').waitFor();
    expect(await passport.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('90');
    renderer.agent.publish({ slots: [], activity: [activityOf(0, { attempt: slot.attempt })] });
    await passport.getByText('Completed').waitFor();
    expect(await activity.line('Bytes out')).toBe('1.2 kB');
  });

  it('says why no checkpoints are made of it', async () => {
    const slot = slotOf('words', 'data', 7, 100);
    const refused = 'No checkpoints are made of this module: it is a command.';
    const checkpoint = { ...slot.checkpoint, savedAt: null, refused };
    renderer.agent.reset({ ...earning, slots: [{ ...slot, checkpoint }] });
    const { page } = await open();
    await page.getByText(`12 seconds of work at risk in a crash. ${refused}`).waitFor();
    renderer.agent.publish({ slots: [{ ...slot, checkpoint: { ...slot.checkpoint, savedAt: null } }] });
    await page.getByText('12 seconds of work at risk in a crash; not saved yet.').waitFor();
  });

  it('opens its passport from Home too, and Home leads to all activity', async () => {
    renderer.agent.reset({ ...earning, activity: [...ENDINGS] });
    const page = await renderer.open({ path: '#/home' });
    const activity = new ActivityPage(page);
    const passport = await activity.openRunning('earthquakes');
    await page.keyboard.press('Escape');
    await passport.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'render · task 3' }).click();
    await passport.getByText('Failed: It used more').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'All activity' }).click();
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
    await new Navigation(page).to('Home');
    expect(await new HomePage(page).tasks.count()).toBe(2);
  });
});

describe('a program that is refused on this computer', () => {
  it('is shown with the reason, its job, its publisher and when, and Home leads to it', async () => {
    renderer.agent.reset({ refusedModules: [REFUSED] });
    const page = await renderer.open({ path: '#/home' });
    await page.getByRole('link', { name: '1 program is refused on this computer.' }).click();
    const { refused } = new ActivityPage(page);
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('refused');
    const text = await refused.textContent();
    expect(text).toContain('It failed here three times; the last time: the worker ended with SIGKILL.');
    for (const said of ['Lattice sweep', 'Refused 40 min ago', 'pub0is…g6Hj08', REFUSED.module]) {
      expect(text).toContain(said);
    }
  });

  it('gets another chance only after the owner has read what that does', async () => {
    renderer.agent.reset({ refusedModules: [REFUSED] });
    const { page, refused } = await open();
    await refused.getByRole('button', { name: 'Try again: Lattice sweep' }).click();
    const dialog = page.getByRole('dialog', { name: 'Give this program another chance?' });
    await dialog.getByText('If it fails here three more times, it is refused again.').waitFor();
    await dialog.getByRole('button', { name: 'Leave it refused' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(renderer.agent.intents).toEqual([]);

    await refused.getByRole('button', { name: 'Try again: Lattice sweep' }).press('Enter');
    await dialog.getByRole('button', { name: 'Try again' }).press('Enter');
    await noticeOf(page).getByText('“Lattice sweep” may run here again.').waitFor();
    await refused.waitFor({ state: 'detached' });
    expect(renderer.agent.intents).toEqual([{ name: 'retryModule', request: { module: REFUSED.module } }]);
  });
});

describe('what keeps tasks apart', () => {
  it('is said in the settings, also what this system cannot do', async () => {
    renderer.agent.reset({
      sandbox: { network: false, files: true, message: 'This system lets no program do so.' },
    });
    const page = await renderer.open({ path: '#/settings' });
    const text = await page.getByRole('region', { name: 'Sandbox' }).textContent();
    expect(text).toContain('No network, by the operating system: not on this system');
    expect(text).toContain('No files, by the runtime’s permission model: yes');
    expect(text).toContain('This system lets no program do so.');
  });
});

it('keeps its clock: what is said to be ago follows the page’s time', async () => {
  renderer.agent.reset({ ...earning, slots: [slotOf('earthquakes', 'science', 12, 640)] });
  const { page } = await open();
  await page.clock.setFixedTime(SAMPLE_NOW + 3 * 60_000);
  await page.getByText('12 seconds of work at risk in a crash; saved 3 minutes ago.').waitFor();
});
