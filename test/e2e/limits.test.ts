// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { LullError } from '../../protocol/errors.ts';
import { settingKeysIn } from '../../protocol/settings.ts';
import { UNKNOWN_SIGNALS } from '../../protocol/signals.ts';
import { LIMIT_PAGES } from '../../renderer/screens/limits/limit-pages.ts';
import { isBooleanKey } from '../../renderer/screens/limits/setting-kind.ts';
import { TUNED } from '../support/agent-states.ts';
import { type LimitPageName, LimitsPage, noticeOf } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { SAMPLE_REMOTE, sampleSignals, sampleState } from '../support/sample-state.ts';

const renderer = rendererSuite();
const AWAY = 'Processor while you are away';
const settings = () => renderer.agent.snapshot().state.settings;

const open = async (
  name?: LimitPageName,
): Promise<[LimitsPage, Awaited<ReturnType<typeof renderer.open>>]> => {
  const page = await renderer.open({ path: '#/limits' });
  const limits = new LimitsPage(page);
  if (name !== undefined) await limits.open(name);
  return [limits, page];
};

describe('Limits', () => {
  it('shows the limits that hold, in threads of this computer', async () => {
    const [limits, page] = await open('Processor and memory');
    expect(await limits.value(AWAY)).toBe('50%');
    expect(await limits.value('Processor while in use')).toBe('0%');
    expect(await limits.value('Memory while you are away')).toBe('25%');
    expect(await page.getByText('Never more than 4 of 8 threads.').count()).toBe(1);
    expect(await page.getByText('Nothing runs while you use it.').count()).toBe(1);
    expect(await page.getByText('Graphics while you are away').count()).toBe(0);
    renderer.agent.publish({ gpus: 1 });
    await page.getByText('Graphics while you are away').waitFor();
  });

  it('says on its first page what is set on each other one', async () => {
    renderer.agent.publish(TUNED);
    const [, page] = await open();
    const list = page.getByRole('navigation', { name: 'Limits by subject' }).getByRole('listitem');
    expect((await list.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
      'Processor and memory At most 75% while you are away, nothing while in use',
      'When you are away After 5 minutes without input, or when you lock the screen',
      'Power and heat Only on mains power',
      'Other programs Steps aside above 40% use by others, and for 3 programs',
      'Schedule Monday to Friday 00:00–08:00 and 18:00–00:00; Saturday and Sunday all day.',
      'Electricity €0.32 per kWh',
      'Network At most 1 MB per second, 2 GB a day',
      'Disk 5 GB for work, 10 GB kept free',
    ]);
  });

  it('shows every setting there is, each boolean as a switch, on the page on which it stands', async () => {
    renderer.agent.publish({ gpus: 1 });
    const page = await renderer.open({ path: '#/limits' });
    for (const { id, sections } of LIMIT_PAGES) {
      const keys = sections.flatMap(settingKeysIn);
      await page.goto(`${renderer.address}#/limits/${id}`);
      await expect.poll(() => page.locator(keys.map((key) => `#${key}`).join(',')).count()).toBe(keys.length);
      const switches = page.getByRole('switch');
      const shown = await switches.evaluateAll((elements) => elements.map((element) => element.id));
      expect(shown).toEqual(keys.filter(isBooleanKey));
    }
  });

  it('acts at once and takes it back with Undo', async () => {
    const [limits, page] = await open('Processor and memory');
    await limits.slider(AWAY).fill('14');
    await expect.poll(() => settings().awayCpuPercent).toBe(70);
    expect(await noticeOf(page).textContent()).toContain(`${AWAY}: 50% → 70%`);
    await limits.undoButton.click();
    await expect.poll(() => settings().awayCpuPercent).toBe(50);
    expect(await limits.value(AWAY)).toBe('50%');
    expect(await noticeOf(page).textContent()).toContain('back to 50%');
  });

  it('counts many steps of one slider as one change, taken back by Control+Z', async () => {
    const [limits, page] = await open('Processor and memory');
    await limits.slider(AWAY).focus();
    for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => settings().awayCpuPercent).toBe(70);
    await page.keyboard.press('Control+z');
    await expect.poll(() => settings().awayCpuPercent).toBe(50);
  });

  it('shows a value between the steps as it is, and moves on by steps a person would choose', async () => {
    renderer.agent.publish({ settings: { ...settings(), idleMinutes: 7 } });
    const [limits, page] = await open('When you are away');
    expect(await limits.value('Away after')).toBe('7 minutes');
    await limits.slider('Away after').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => settings().idleMinutes).toBe(10);
  });

  it('leaves a number empty where that means something, and refuses one that is out of range', async () => {
    const [, page] = await open('Processor and memory');
    await page.getByText('More', { exact: true }).click();
    const threads = page.getByRole('spinbutton', { name: 'Tasks at a time while you are away' });
    await threads.fill('0');
    await threads.blur();
    await page.getByRole('alert').getByText('Write a whole number from 1 to 1,024.').waitFor();
    expect(settings().awayThreads).toBeNull();
    await threads.fill('3');
    await threads.blur();
    await expect.poll(() => settings().awayThreads).toBe(3);
    await threads.fill('');
    await threads.blur();
    await expect.poll(() => settings().awayThreads).toBeNull();
  });

  it('chooses a preset, says Custom when none of them holds, and takes the choice back whole', async () => {
    const [limits, page] = await open();
    expect(await limits.preset('Balanced').isChecked()).toBe(true);
    expect(await limits.preset('Custom').count()).toBe(0);
    renderer.agent.publish({ settings: { ...settings(), awayCpuPercent: 55 } });
    await expect.poll(() => limits.preset('Custom').isChecked()).toBe(true);
    await limits.preset('Quiet').check();
    await expect.poll(() => settings().idleMinutes).toBe(10);
    expect(settings()).toMatchObject({ awayCpuPercent: 25, busyPercent: 25, runOnBattery: false });
    expect(await noticeOf(page).textContent()).toContain('Preset: Custom → Quiet');
    await limits.undoButton.click();
    await expect.poll(() => settings().awayCpuPercent).toBe(55);
    expect(settings().idleMinutes).toBe(5);
  });

  it('resets a page and takes that back, and leaves other pages alone', async () => {
    renderer.agent.publish({
      settings: { ...settings(), runOnBattery: true, keepAwake: true, idleMinutes: 9 },
    });
    const [limits, page] = await open('Power and heat');
    await page.getByRole('button', { name: 'Back to the defaults' }).click();
    await expect
      .poll(() => settings())
      .toMatchObject({ runOnBattery: false, keepAwake: false, idleMinutes: 9 });
    expect(await page.getByRole('button', { name: 'Back to the defaults' }).isDisabled()).toBe(true);
    await limits.undoButton.click();
    await expect.poll(() => settings()).toMatchObject({ runOnBattery: true, keepAwake: true });
  });

  it('lets a battery level be set only where it does something', async () => {
    const [limits] = await open('Power and heat');
    expect(await limits.slider('On battery, only above').isDisabled()).toBe(true);
    await limits.battery.check();
    await expect.poll(() => limits.slider('On battery, only above').isEnabled()).toBe(true);
    await limits.undoButton.click();
    await expect.poll(() => limits.battery.isChecked()).toBe(false);
  });

  it('shows what the sensors say as they say it, to the second right where it is waited for', async () => {
    const [limits, page] = await open('When you are away');
    await page.getByText('Last touched 3 secs ago: you are here.').waitFor();
    expect(await limits.sensor('Without input')).toBe('3 secs of 5 minutes');
    renderer.agent.publish({ signals: sampleSignals({ idleSeconds: 64 }) });
    await page.getByText('Last touched 1 min 4 secs ago: you are here.').waitFor();
    renderer.agent.publish({ signals: sampleSignals({ idleSeconds: 400, screenLocked: true }) });
    await page.getByText('Last touched 6 mins 40 secs ago: you are away.').waitFor();
    expect(await limits.sensor('Screen locked')).toBe('Yes');
  });

  it('says of every signal that it cannot be known, and what that means for the rule', async () => {
    const [limits, page] = await open();
    renderer.agent.publish({ signals: UNKNOWN_SIGNALS });
    const unknown = 'Cannot be known here.';
    await expect.poll(() => page.getByText(unknown).count()).toBe(15);
    expect(await limits.sensor('Without input')).toBe(`${unknown} So you count as present.`);
    expect(await limits.sensor('Full screen')).toContain('only after three times as long');
    renderer.agent.publish({ settings: { ...settings(), stopOnFullScreen: false } });
    await expect
      .poll(() => limits.sensor('Full screen'))
      .toBe(`${unknown} The rule that asks for it is off.`);
  });

  it('says why a change failed and shows the value that still holds', async () => {
    const [limits, page] = await open('Processor and memory');
    renderer.agent.failure = new LullError('disk_full', 'The disk is full: free some space and try again.');
    await limits.slider(AWAY).fill('14');
    await expect.poll(() => noticeOf(page).getByRole('alert').textContent()).toContain('The disk is full');
    await expect.poll(() => limits.value(AWAY)).toBe('50%');
  });
});

describe('Exclusive programs', () => {
  it('are added by name and from what runs, and removed, each with a way back', async () => {
    const [limits, page] = await open('Other programs');
    await page.getByRole('textbox', { name: 'Name of a program' }).fill('  Factorio ');
    await page.keyboard.press('Enter');
    await expect.poll(() => settings().exclusiveApps).toEqual(['Factorio']);
    await page.getByRole('button', { name: 'Choose from what runs' }).click();
    const dialog = page.getByRole('dialog', { name: 'Running programs' });
    await dialog.getByRole('searchbox').fill('BLEND');
    await dialog.getByRole('button', { name: 'blender' }).click();
    await expect.poll(() => settings().exclusiveApps).toEqual(['Factorio', 'blender']);
    expect(await dialog.count()).toBe(0);
    await page.getByRole('button', { name: 'Remove Factorio' }).click();
    await expect.poll(() => settings().exclusiveApps).toEqual(['blender']);
    await limits.undoButton.click();
    await expect.poll(() => settings().exclusiveApps).toEqual(['Factorio', 'blender']);
  });

  it('are written by hand where what runs cannot be known', async () => {
    renderer.agent.programs = null;
    const [, page] = await open('Other programs');
    await page.getByRole('button', { name: 'Choose from what runs' }).click();
    await page
      .getByRole('dialog')
      .getByText('Which programs run cannot be known here.', { exact: false })
      .waitFor();
  });
});

describe('The schedule', () => {
  const NIGHT = '111111110000000000000011';

  it('is painted with the mouse, as one change', async () => {
    const [limits, page] = await open('Schedule');
    await limits.hour('Monday 09:00').hover();
    await page.mouse.down();
    await limits.hour('Tuesday 11:00').hover();
    await page.mouse.up();
    await expect.poll(() => settings().schedule[0]).toBe('111111111000111111111111');
    expect(settings().schedule[1]).toBe('111111111000111111111111');
    expect(settings().schedule[2]).toBe('1'.repeat(24));
    await page
      .getByText('Monday and Tuesday 00:00–09:00 and 12:00–00:00; Wednesday to Sunday all day.', {
        exact: true,
      })
      .waitFor();
    await limits.undoButton.click();
    await page.getByText('At any time.', { exact: true }).waitFor();
  });

  it('is painted by the keyboard alone, and its headers switch a day or an hour', async () => {
    const [limits, page] = await open('Schedule');
    const { keyboard } = page;
    await limits.hour('Monday 00:00').focus();
    for (const key of ['ArrowDown', 'ArrowRight', ' ']) await keyboard.press(key);
    await keyboard.down('Shift');
    for (const key of ['ArrowRight', 'ArrowDown']) await keyboard.press(key);
    await keyboard.up('Shift');
    await expect.poll(() => settings().schedule[2]).toBe(`100${'1'.repeat(21)}`);
    expect(settings().schedule[1]).toBe(`100${'1'.repeat(21)}`);
    await keyboard.press('Home');
    await keyboard.press(' ');
    await expect.poll(() => settings().schedule[2]).toBe('1'.repeat(24));
    await limits.hour('05:00, every day').click();
    await expect.poll(() => settings().schedule[6]).toBe(`111110${'1'.repeat(18)}`);
    expect(await limits.hour('Sunday 05:00').getAttribute('aria-selected')).toBe('false');
    expect(await page.getByRole('grid').locator('[tabindex="0"]').count()).toBe(1);
  });

  it('turns its hours downwards in a narrow window, and is painted there by touch', async () => {
    const page = await renderer.open({ path: '#/limits/week', width: 360 });
    const limits = new LimitsPage(page);
    await page.getByRole('row').nth(24).waitFor();
    expect(await page.getByRole('row').count()).toBe(25);
    await limits.hour('Friday 10:00').dispatchEvent('pointerdown', { pointerType: 'touch', isPrimary: true });
    await limits.hour('Friday 10:00').dispatchEvent('pointerup', { pointerType: 'touch', isPrimary: true });
    await expect.poll(() => settings().schedule[4]).toBe(`${'1'.repeat(10)}0${'1'.repeat(13)}`);
  });

  it('is filled in one go', async () => {
    const [, page] = await open('Schedule');
    await page.getByRole('button', { name: 'Nights' }).click();
    await expect.poll(() => settings().schedule).toEqual(Array<string>(7).fill(NIGHT));
    await page.getByText('Every day 22:00–08:00.', { exact: true }).waitFor();
  });
});

describe('Electricity', () => {
  it('takes a currency, a price and hours with another price, and takes hours back', async () => {
    const [limits, page] = await open('Electricity');
    await page.getByRole('combobox', { name: 'Currency' }).selectOption('CHF');
    await page.getByRole('spinbutton', { name: 'Price of electricity' }).fill('0.27');
    await page.keyboard.press('Tab');
    await expect.poll(() => settings()).toMatchObject({ currency: 'CHF', pricePerKwh: 0.27 });

    await page.getByRole('button', { name: 'Add hours' }).click();
    const dialog = page.getByRole('dialog');
    for (const day of ['Saturday', 'Sunday']) await dialog.getByRole('checkbox', { name: day }).uncheck();
    await dialog.getByLabel('From').fill('21:30');
    await dialog.getByRole('spinbutton').fill('0.19');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const window = { days: [1, 2, 3, 4, 5], from: '21:30', to: '06:00', pricePerKwh: 0.19 };
    await expect.poll(() => settings().tariffWindows).toEqual([window]);

    await page.getByRole('button', { name: 'Edit Mon to Fri, 21:30–06:00' }).click();
    await dialog.getByRole('spinbutton').fill('');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('Write a price').waitFor();
    await dialog.getByRole('spinbutton').fill('0.2');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => settings().tariffWindows[0]?.pricePerKwh).toBe(0.2);

    await page.getByRole('button', { name: 'Remove Mon to Fri, 21:30–06:00' }).click();
    await expect.poll(() => settings().tariffWindows).toEqual([]);
    await limits.undoButton.click();
    await expect.poll(() => settings().tariffWindows).toEqual([{ ...window, pricePerKwh: 0.2 }]);
  });

  it('says what work took, how that is known and how far off it may be', async () => {
    renderer.agent.publish({ network: SAMPLE_REMOTE });
    const [, page] = await open('Electricity');
    const card = page.getByRole('region', { name: 'Electricity for work' });
    const text = (await card.innerText()).replace(/\s+/g, ' ');
    expect(text).toContain('11 W Now Estimated from the processor’s rated power, give or take 40%.');
    expect(text).toContain('Today Used 38 Wh Cost €0.0122 CO₂ 18 g Net €0.0029');
    expect(text).toContain('30 days Used 1.6 kWh Cost €0.52 CO₂ 771 g Net -€0.0132');
    const { energy } = renderer.agent.snapshot().state;
    const free = { wattHours: 5, cost: null, net: null, co2Grams: 2 };
    renderer.agent.publish({
      energy: {
        ...energy,
        method: 'processor',
        errorPercent: 5,
        today: free,
        last7Days: free,
        last30Days: free,
      },
    });
    await card.getByText('Measured by the processor, give or take 5%.').waitFor();
    await card.getByText('Set a price of electricity', { exact: false }).waitFor();
    renderer.agent.publish({ network: sampleState().network, energy });
    await card.getByText('Practice credits are never money', { exact: false }).waitFor();
    expect(await card.getByText('Net', { exact: true }).count()).toBe(0);
    renderer.agent.publish({ energy: { ...energy, today: free, last7Days: free, last30Days: free } });
    await card.getByText('5 Wh').first().waitFor();
    expect(await card.getByText('Cost', { exact: true }).count()).toBe(0);
  });
});
