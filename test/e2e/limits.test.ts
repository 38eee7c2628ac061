// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { LullError } from '../../protocol/errors.ts';
import { LimitsPage, noticeOf } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';

const renderer = rendererSuite();
const AWAY = 'Processor while you are away';
const settings = () => renderer.agent.snapshot().state.settings;

const open = async (): Promise<[LimitsPage, Awaited<ReturnType<typeof renderer.open>>]> => {
  const page = await renderer.open({ path: '#/limits' });
  return [new LimitsPage(page), page];
};

describe('Limits', () => {
  it('shows the limits that hold, in threads of this computer', async () => {
    const [limits, page] = await open();
    expect(await limits.value(AWAY)).toBe('50%');
    expect(await limits.value('Processor while in use')).toBe('0%');
    expect(await limits.value('Away after')).toBe('5 minutes');
    expect(await page.getByText('Never more than 4 of 8 threads.').count()).toBe(1);
    expect(await page.getByText('Nothing runs while you use it.').count()).toBe(1);
  });

  it('acts at once and takes it back with Undo', async () => {
    const [limits, page] = await open();
    await limits.slider(AWAY).fill('70');
    await expect.poll(() => settings().awayCpuPercent).toBe(70);
    expect(await noticeOf(page).textContent()).toContain(`${AWAY}: 50% → 70%`);
    await limits.undoButton.click();
    await expect.poll(() => settings().awayCpuPercent).toBe(50);
    expect(await limits.value(AWAY)).toBe('50%');
    expect(await noticeOf(page).textContent()).toContain('back to 50%');
  });

  it('counts many steps of one slider as one change, taken back by Control+Z', async () => {
    const [limits, page] = await open();
    await limits.slider(AWAY).focus();
    for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => settings().awayCpuPercent).toBe(70);
    await page.keyboard.press('Control+z');
    await expect.poll(() => settings().awayCpuPercent).toBe(50);
  });

  it('changes the idle time by steps a person would choose', async () => {
    const [limits, page] = await open();
    await limits.slider('Away after').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => settings().idleMinutes).toBe(10);
    expect(await limits.value('Away after')).toBe('10 minutes');
  });

  it('shows a value between the steps as it is', async () => {
    renderer.agent.publish({ settings: { ...settings(), idleMinutes: 7 } });
    const [limits] = await open();
    expect(await limits.value('Away after')).toBe('7 minutes');
  });

  it('switches the battery rule', async () => {
    const [limits] = await open();
    await limits.battery.check();
    await expect.poll(() => settings().runOnBattery).toBe(true);
    await limits.undoButton.click();
    await expect.poll(() => limits.battery.isChecked()).toBe(false);
  });

  it('shows what the sensors say as they say it', async () => {
    const [limits] = await open();
    expect(await limits.sensor('Without input')).toBe('3 seconds of 5 minutes');
    expect(await limits.sensor('Power')).toBe('Mains');
    const signals = {
      idleSeconds: 400,
      screenLocked: true,
      onBattery: true,
      batteryPercent: 63,
      freeDiskBytes: null,
    };
    renderer.agent.publish({ signals });
    await expect.poll(() => limits.sensor('Without input')).toBe('6 minutes');
    expect(await limits.sensor('Power')).toBe('Battery, 63%');
    expect(await limits.sensor('Screen')).toBe('Locked');
    expect(await limits.sensor('Free disk')).toBe('Cannot be known here');
  });

  it('says why a change failed and shows the value that still holds', async () => {
    const [limits, page] = await open();
    renderer.agent.failure = new LullError('disk_full', 'The disk is full: free some space and try again.');
    await limits.slider(AWAY).fill('70');
    await expect.poll(() => noticeOf(page).getByRole('alert').textContent()).toContain('The disk is full');
    await expect.poll(() => limits.value(AWAY)).toBe('50%');
  });
});
