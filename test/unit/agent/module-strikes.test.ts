// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import { ModuleStrikes } from '../../../agent/module-strikes.ts';
import { blobHashOf } from '../../../protocol/hashes.ts';
import { accountIdSchema } from '../../../protocol/ids.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { FakeAgentStore } from '../../support/fake-agent-store.ts';
import { TestClock } from '../../support/test-clock.ts';

const MODULE = blobHashOf(Buffer.from('one'));
const OTHER = blobHashOf(Buffer.from('other'));
const PUBLISHER = accountIdSchema.parse('A'.repeat(43));
const DAY_MS = 24 * 3_600_000;
const fault = (module = MODULE, reason = 'the worker did not answer') => ({
  module,
  jobName: 'words',
  publisher: PUBLISHER,
  reason,
});

let clock: TestClock;
let store: FakeAgentStore;
const open = (software = 'lull 1.0.0'): ModuleStrikes =>
  new ModuleStrikes({ clock, store, software, logger: silentLogger });
beforeEach(() => {
  clock = new TestClock();
  store = new FakeAgentStore();
});

describe('a module that fails on this device', () => {
  it('is refused at its third fault, with the reason of the last, and no other module is', () => {
    const strikes = open();
    expect([strikes.add(fault()), strikes.add(fault())]).toEqual([false, false]);
    expect(strikes.refusal(MODULE)).toBeUndefined();
    expect(strikes.add(fault(MODULE, 'it needed too much memory'))).toBe(true);
    expect(strikes.refusal(MODULE)).toBe('it needed too much memory');
    expect(strikes.refusal(OTHER)).toBeUndefined();
    expect(strikes.refused()).toEqual([
      {
        module: MODULE,
        jobName: 'words',
        publisher: PUBLISHER,
        reason: 'it needed too much memory',
        at: clock.now(),
      },
    ]);
  });

  it('begins anew when it ends as it should', () => {
    const strikes = open();
    for (let n = 0; n < 6; n++) {
      strikes.add(fault());
      strikes.add(fault());
      expect(strikes.clear(MODULE)).toBe(true);
    }
    expect(strikes.refused()).toEqual([]);
    expect(strikes.clear(MODULE)).toBe(false);
  });

  it('is forgiven faults of another day, but no refusal', async () => {
    const strikes = open();
    strikes.add(fault());
    strikes.add(fault());
    await clock.advance(DAY_MS + 1);
    expect(strikes.add(fault())).toBe(false);
    strikes.add(fault());
    expect(strikes.add(fault())).toBe(true);
    await clock.advance(10 * DAY_MS);
    expect(strikes.refusal(MODULE)).toBeDefined();
  });

  it('stays refused when Lull starts again, until the owner gives it another chance', () => {
    const before = open();
    for (let n = 0; n < 3; n++) before.add(fault());
    const after = open();
    expect(after.refusal(MODULE)).toBe('the worker did not answer');
    after.clear(MODULE);
    expect(open().refusal(MODULE)).toBeUndefined();
  });

  it('is not refused by a new version of Lull', () => {
    const before = open();
    for (let n = 0; n < 3; n++) before.add(fault());
    expect(open('lull 1.1.0').refused()).toEqual([]);
    expect(store.moduleFaults()).toEqual([]);
  });

  it('is refused also while a full disk keeps nothing', () => {
    const strikes = open();
    store.full = true;
    for (let n = 0; n < 3; n++) strikes.add(fault());
    expect(strikes.refusal(MODULE)).toBeDefined();
  });

  it('is shown with the newest others, fifty at most', async () => {
    const strikes = open();
    for (let n = 0; n < 60; n++) {
      await clock.advance(1);
      const module = blobHashOf(Buffer.from(`module ${n}`));
      for (let i = 0; i < 3; i++) strikes.add(fault(module, `fault ${n}`));
    }
    expect(strikes.refused().map(({ reason }) => reason)).toEqual(
      Array.from({ length: 50 }, (_, i) => `fault ${59 - i}`),
    );
  });
});
