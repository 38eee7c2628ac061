// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { PLAIN_STATES, REASON_STATES, slotOf } from '../support/agent-states.ts';
import { HomePage, noticeOf } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { SAMPLE_NOW, SAMPLE_REMOTE } from '../support/sample-state.ts';

const renderer = rendererSuite();
const lastIntent = (): unknown => renderer.agent.intents.at(-1);
const earning = PLAIN_STATES[0]?.[0] ?? {};

describe('Home', () => {
  it('shows earnings in practice credits, with what that means', async () => {
    renderer.agent.reset(earning);
    const page = await renderer.open();
    const home = new HomePage(page);
    expect(await home.earned('Today')).toBe('1.2500 practice credits');
    expect(await home.earned('7 days')).toBe('8.4000');
    expect(await home.earned('30 days')).toBe('31.0000');
    expect(await home.earned('Lifetime')).toBe('52.3400');
    expect(await page.getByText('never money').count()).toBe(1);
    expect(await page.getByText('3 results are being verified by others.').count()).toBe(1);
    expect(await page.getByRole('region', { name: 'Earnings' }).getByRole('term').count()).toBe(4);
    expect(await page.getByText(/^[\d.]+ practice credits$/).textContent()).not.toMatch(/[$€£]|USD|EUR/);
  });

  it('shows plain credits, and no word of practice, on a network that is not for practice', async () => {
    const network = {
      kind: 'remote',
      url: 'https://net.example',
      name: 'Example',
      practice: false,
      connection: 'online',
    } as const;
    renderer.agent.reset({ ...earning, network });
    const page = await renderer.open();
    expect(await new HomePage(page).earned('Today')).toBe('1.2500 credits');
    expect(await page.getByRole('main').textContent()).not.toContain('practice');
  });

  it('shows what runs: the job, its purpose, how far it is, and that a frozen task loses nothing', async () => {
    renderer.agent.reset({
      ...earning,
      slots: [slotOf('earthquakes', 'science', 12, 640), slotOf('render', 'rendering', 4, 210, 'parked')],
    });
    const page = await renderer.open();
    const { tasks } = new HomePage(page);
    expect(await tasks.first().getAttribute('aria-label')).toBe('Progress of earthquakes, task 13');
    expect(await tasks.first().getAttribute('aria-valuenow')).toBe('64');
    const running = page.getByRole('region', { name: 'Running now' });
    expect(await running.textContent()).toContain('Science');
    expect(await running.textContent()).toContain('Frozen, nothing is lost');
    renderer.agent.publish({ slots: [slotOf('earthquakes', 'science', 12, 700)] });
    await expect.poll(() => tasks.first().getAttribute('aria-valuenow')).toBe('70');
  });

  it('pauses for each of its choices', async () => {
    const home = new HomePage(await renderer.open());
    const choices = [
      ['For 15 minutes', '15m', 'Paused by you until 12:15.'],
      ['For 1 hour', '1h', 'Paused by you until 13:00.'],
      ['Until tomorrow, 08:00', 'tomorrow', 'Paused by you until tomorrow, 08:00.'],
      ['Until I resume', 'until_resumed', 'Paused by you until you resume.'],
    ] as const;
    for (const [label, request, sentence] of choices) {
      renderer.agent.reset(earning);
      await home.pauseButton.waitFor();
      await home.pause(label);
      await expect.poll(() => home.reasonText()).toBe(sentence);
      expect(lastIntent()).toEqual({ name: 'pause', request: { for: request, of: 'all' } });
    }
  });

  it('counts a pause down and resumes with one click', async () => {
    const page = await renderer.open();
    const home = new HomePage(page);
    await home.pause('For 15 minutes');
    const left = page.locator('.ring');
    await expect.poll(() => left.textContent()).toContain('15:00');
    await page.clock.setFixedTime(SAMPLE_NOW + 61_000);
    await expect.poll(() => left.textContent()).toContain('13:59');
    await home.resumeButton.click();
    await home.pauseButton.waitFor();
    expect(lastIntent()).toEqual({ name: 'resume', request: { of: 'all' } });
  });

  it('pauses graphics alone, where there is a graphics processor, and resumes it', async () => {
    const page = await renderer.open();
    const home = new HomePage(page);
    await home.pauseButton.click();
    expect(await page.getByRole('menuitem').count()).toBe(4);
    await page.keyboard.press('Escape');
    renderer.agent.reset({ ...earning, gpus: 1 });
    await home.pauseButton.click();
    await page.getByRole('menuitem', { name: 'Graphics only: For 1 hour' }).click();
    await expect.poll(lastIntent).toEqual({ name: 'pause', request: { for: '1h', of: 'gpu' } });
    renderer.agent.publish({ ...REASON_STATES.paused_by_user[4]?.[0], overall: 'earning' });
    await page.getByText('Graphics work is paused by you until 13:00.').waitFor();
    await page.getByRole('button', { name: 'Resume graphics' }).click();
    await expect.poll(lastIntent).toEqual({ name: 'resume', request: { of: 'gpu' } });
  });

  it('says what electricity work took today, and leads to what that is', async () => {
    const page = await renderer.open();
    await page.getByText('Electricity today: 38 Wh, €0.0122.').waitFor();
    renderer.agent.publish({ network: SAMPLE_REMOTE });
    await page.getByText('Electricity today: 38 Wh, €0.0122; €0.0029 net.').waitFor();
    await page.getByRole('link', { name: 'What it costs' }).click();
    await page.getByRole('region', { name: 'Electricity for work' }).waitFor();
  });

  it('offers to earn now only where the owner being here is all that holds work back', async () => {
    const page = await renderer.open();
    const home = new HomePage(page);
    renderer.agent.reset(REASON_STATES.on_battery[0]?.[0]);
    await expect.poll(() => home.reasonText()).toContain('on battery');
    expect(await home.earnButton.count()).toBe(0);
    renderer.agent.reset(REASON_STATES.user_active[0]?.[0]);
    await home.earnButton.click();
    await expect.poll(() => home.reasonText()).toContain('Earning until 13:00');
    expect(lastIntent()).toEqual({ name: 'earnNow', request: { minutes: 60 } });
    await expect.poll(() => page.locator('.ring').textContent()).toContain('1:00:00');
  });

  it('offers the practice jobs again when the network of one has no work left', async () => {
    renderer.agent.reset(REASON_STATES.nothing_to_do[1]?.[0]);
    const page = await renderer.open();
    await page.getByRole('button', { name: 'Run the practice jobs again' }).click();
    await expect.poll(() => noticeOf(page).textContent()).toContain('The practice jobs start once more.');
    expect(lastIntent()).toEqual({ name: 'practiceAgain', request: {} });
  });
});
