// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { PLAIN_STATES, REASON_STATES } from '../support/agent-states.ts';
import { HomePage } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { sampleDecision } from '../support/sample-state.ts';

const renderer = rendererSuite();

const TITLES = {
  earning: 'Earning',
  waiting: 'Waiting',
  paused: 'Paused',
  offline: 'Offline',
  needs_you: 'Needs you',
};

describe('Home', () => {
  it('says one true sentence with its values for every suspend reason', async () => {
    const page = await renderer.open();
    const home = new HomePage(page);
    for (const [changes, sentence] of Object.values(REASON_STATES).flat()) {
      renderer.agent.reset(changes);
      await expect.poll(() => home.reasonText()).toBe(sentence);
      expect(await home.titleText()).toBe(TITLES[renderer.agent.snapshot().state.overall]);
    }
  });

  it('says one true sentence for every state that no suspend reason explains', async () => {
    const home = new HomePage(await renderer.open());
    for (const [changes, sentence] of PLAIN_STATES) {
      renderer.agent.reset(changes);
      await expect.poll(() => home.reasonText()).toBe(sentence);
      expect(await home.titleText()).toBe(TITLES[renderer.agent.snapshot().state.overall]);
    }
  });

  it('leads from every reason that has a rule to the control or the card of that rule', async () => {
    const page = await renderer.open();
    const home = new HomePage(page);
    for (const [changes, sentence] of Object.values(REASON_STATES).flat()) {
      await page.goto(`${renderer.address}#/home`);
      renderer.agent.reset(changes);
      await expect.poll(() => home.reasonText()).toBe(sentence);
      const link = page.getByRole('main').getByRole('link').first();
      const href = await link.getAttribute('href');
      if (!/^#\/(limits|settings)\//.test(href ?? '')) continue;
      await link.click();
      const wanted = href?.split('/')[2];
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(wanted);
    }
  });

  it('lists what else holds work back, and says a limit of zero only once', async () => {
    renderer.agent.reset({
      overall: 'waiting',
      decision: sampleDecision({
        reasons: [
          { code: 'on_battery', percent: 40 },
          { code: 'user_active', idleSeconds: 9, thresholdSeconds: 300, careful: false },
          { code: 'limit_is_zero', for: 'cpu', profile: 'in_use' },
          { code: 'limit_is_zero', for: 'gpu', profile: 'in_use' },
        ],
      }),
    });
    const page = await renderer.open();
    expect(await new HomePage(page).reasonText()).toContain('on battery at 40%');
    const also = page
      .getByRole('heading', { name: 'Also holding back:' })
      .locator('xpath=..')
      .getByRole('listitem');
    expect(await also.count()).toBe(1);
    expect(await also.first().textContent()).toMatch(/You were here 9\sseconds ago/);
  });

  it('lists what makes it less while work goes on, with the way to each rule', async () => {
    renderer.agent.reset({
      overall: 'earning',
      decision: sampleDecision({
        slots: 2,
        cpuDutyPercent: 100,
        profile: 'away',
        reasons: [
          { code: 'too_hot', thermal: 'fair', leaves: 50 },
          { code: 'metered_network', known: true },
        ],
      }),
    });
    const page = await renderer.open();
    const less = page.getByRole('heading', { name: 'Less than all runs:' }).locator('xpath=..');
    expect(await less.getByRole('listitem').count()).toBe(2);
    await less.getByRole('link', { name: 'Heat rule' }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('stopWhenHot');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Power and heat');
  });

  it('says a change of state aloud, but not each second of a countdown', async () => {
    renderer.agent.reset(REASON_STATES.user_active[0]?.[0]);
    const page = await renderer.open();
    const said = page.getByRole('main').getByRole('status');
    expect(await said.textContent()).toBe('');
    await page.clock.setFixedTime(Date.UTC(2026, 10, 22, 12, 0, 30));
    await expect.poll(() => new HomePage(page).reasonText()).toContain('42 seconds');
    expect(await said.textContent()).toBe('');
    renderer.agent.publish(REASON_STATES.on_battery[0]?.[0] ?? {});
    await expect.poll(() => said.textContent()).toContain('Waiting. This computer is on battery');
  });
});
