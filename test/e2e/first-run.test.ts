// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { AgentState } from '../../protocol/agent-state.ts';
import { DEFAULT_SETTINGS } from '../../protocol/settings.ts';
import { FirstRunPage, HomePage } from '../support/pages.ts';
import { rendererSuite } from '../support/renderer-suite.ts';
import { sampleDecision } from '../support/sample-state.ts';

const renderer = rendererSuite();
const unasked: Partial<AgentState> = {
  consent: 'needed',
  overall: 'needs_you',
  decision: sampleDecision({ reasons: [{ code: 'consent_needed' }] }),
};

describe('the first run', () => {
  it('says what runs, what never happens and the limits that are really set', async () => {
    renderer.agent.reset({
      ...unasked,
      settings: {
        ...DEFAULT_SETTINGS,
        awayCpuPercent: 35,
        idleMinutes: 12,
        awayMemoryPercent: 20,
        diskGigabytes: 3,
      },
    });
    const first = new FirstRunPage(await renderer.open());
    expect(await first.lines('What runs')).toHaveLength(3);
    expect(await first.lines('What never happens')).toContain('No task sees your files.');
    expect(await first.lines('Limits already set')).toEqual([
      'At most 35% of the processor while you are away.',
      'Nothing while you use it.',
      'You are away after 12 minutes without input.',
      'Never on battery.',
      'At most 20% of memory and 3 GB of disk.',
    ]);
  });

  it('says so when a limit lets work run beside the owner or on battery', async () => {
    renderer.agent.reset({
      ...unasked,
      settings: { ...DEFAULT_SETTINGS, inUseCpuPercent: 15, runOnBattery: true },
    });
    const lines = await new FirstRunPage(await renderer.open()).lines('Limits already set');
    expect(lines).toContain('At most 15% of the processor while you use it.');
    expect(lines).toContain('Also on battery.');
  });

  it('starts earning with one click and leads to Home', async () => {
    renderer.agent.reset(unasked);
    const page = await renderer.open();
    await new FirstRunPage(page).accept();
    expect(renderer.agent.intents).toEqual([{ name: 'acceptConsent', request: {} }]);
    await expect.poll(() => new HomePage(page).titleText()).toBe('Earning');
  });

  it('promises practice credits only where the network is for practice', async () => {
    const network = {
      kind: 'remote',
      url: 'https://net.example',
      name: 'Example',
      practice: false,
      connection: 'online',
    } as const;
    renderer.agent.reset({ ...unasked, network });
    const page = await renderer.open();
    expect(await page.getByRole('main').textContent()).not.toContain('practice');
  });
});
