// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from 'vitest';

import type { AttemptLease } from '../../../protocol/coordinator-api.ts';
import { agentUnderTest } from '../../support/agent-under-test.ts';
import { TestClock } from '../../support/test-clock.ts';

type UnderTest = ReturnType<typeof agentUnderTest>;

/** Longer than any rule but the one about memory keeps things down, ms. */
const LONG_MS = 60_000;
/** Longer than that one does, ms. */
const MEMORY_MS = 310_000;
const PLENTY = { freeMemoryBytes: 8e9 };
const SHORT = { freeMemoryBytes: 1e8 };
const GIB = 1024 ** 3;

const running: UnderTest[] = [];
const make = (...args: Parameters<typeof agentUnderTest>): UnderTest => {
  const made = agentUnderTest(...args);
  running.push(made);
  return made;
};

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function atWork(
  choices: Parameters<typeof agentUnderTest>[0] = {},
): Promise<UnderTest & { lease: AttemptLease }> {
  const made = make(choices);
  const [lease] = made.coordinator.offer(1);
  if (lease === undefined) throw new Error('there is no lease');
  await made.start();
  return { ...made, lease };
}

describe('work while memory is short', () => {
  it('makes a last checkpoint, gives its memory back, and goes on from there when there is room again', async () => {
    const { workers, sensors, clock, coordinator, state, store, lease } = await atWork();
    const [first] = workers.tasks;
    const asked = Promise.withResolvers<void>();
    if (first !== undefined) first.onCheckpoint = () => asked.promise;
    sensors.set(SHORT);
    await clock.advance(1000);
    expect(first).toMatchObject({ parked: false, stopped: false });
    await first?.snapshot('the last', { cpuMs: 1 });
    asked.resolve();
    await clock.advance(1500);
    expect(first).toMatchObject({ parked: true, stopped: true });
    expect(state().slots).toMatchObject([{ state: 'parked', pid: null, checkpoint: { atRiskMs: 0 } }]);
    expect(store.heldLeases()).toEqual([lease]);

    sensors.set(PLENTY);
    await clock.advance(MEMORY_MS);
    expect(workers.newest).not.toBe(first);
    expect(workers.newest.resumedFrom).toEqual(['the last']);
    expect(state().slots).toMatchObject([{ state: 'running' }]);
    expect(coordinator.returned).toEqual([]);
    expect(state().refusedModules).toEqual([]);
  });

  it('does not wait long for a checkpoint that does not come', async () => {
    const { workers, sensors, clock } = await atWork();
    workers.newest.onCheckpoint = () => new Promise(() => undefined);
    sensors.set(SHORT);
    await clock.advance(5000);
    expect(workers.newest).toMatchObject({ parked: true, stopped: true });
  });

  it('waits for no checkpoint while the owner does', async () => {
    const { workers, sensors, clock } = await atWork();
    workers.newest.onCheckpoint = () => new Promise(() => undefined);
    sensors.set({ ...SHORT, idleSeconds: 0 });
    await clock.advance(100);
    expect(workers.newest.parked).toBe(true);
  });

  it('stops waiting for a checkpoint when the owner comes', async () => {
    const { workers, sensors, clock } = await atWork();
    workers.newest.onCheckpoint = () => new Promise(() => undefined);
    sensors.set(SHORT);
    await clock.advance(1000);
    expect(workers.newest.parked).toBe(false);
    sensors.set({ idleSeconds: 0 });
    await clock.advance(100);
    expect(workers.newest.parked).toBe(true);
  });

  it('begins anew where no checkpoint could be made, and is not given back', async () => {
    const { workers, sensors, clock, coordinator, state } = await atWork();
    workers.newest.progress(500);
    sensors.set(SHORT);
    await clock.advance(5000);
    expect(state().slots).toMatchObject([{ state: 'parked', progressPermille: 0 }]);
    sensors.set(PLENTY);
    await clock.advance(MEMORY_MS);
    expect(workers.tasks).toHaveLength(2);
    expect(workers.newest.resumedFrom).toEqual([]);
    expect(coordinator.returned).toEqual([]);
  });

  it('lets go of what was parked before, too', async () => {
    const { workers, sensors, clock } = await atWork();
    sensors.set({ idleSeconds: 0 });
    await clock.advance(1000);
    expect(workers.newest).toMatchObject({ parked: true, stopped: false });
    sensors.set(SHORT);
    await clock.advance(2000);
    expect(workers.newest.stopped).toBe(true);
  });
});

describe('a computer that goes to sleep', () => {
  it('holds its work in place after a checkpoint, and goes on in the same process', async () => {
    const { workers, sensors, clock, state } = await atWork();
    let asked = 0;
    workers.newest.onCheckpoint = () => Promise.resolve(void (asked += 1));
    sensors.set({ goingToSleep: true }, true);
    await clock.advance(100);
    expect(asked).toBe(1);
    expect(workers.newest).toMatchObject({ parked: true, stopped: false });
    sensors.set({ goingToSleep: false }, true);
    await clock.advance(LONG_MS);
    expect(workers.tasks).toHaveLength(1);
    expect(state().slots).toMatchObject([{ state: 'running' }]);
  });
});

describe('on a connection that is paid by volume', () => {
  it('asks for nothing and sends nothing, but keeps the leases that are held', async () => {
    const { workers, sensors, clock, coordinator, reasons } = await atWork();
    sensors.set({ metered: true });
    await clock.advance(1000);
    coordinator.offer(3);
    workers.newest.finish();
    const before = coordinator.calls.length;
    await clock.advance(75_000);
    const names = coordinator.calls.slice(before).map(({ name }) => name);
    expect(reasons()).toContain('metered_network');
    expect(new Set(names)).toEqual(new Set(['poll']));
    expect(coordinator.waiting).toHaveLength(3);
    expect(coordinator.reports.size).toBe(0);
    sensors.set({ metered: false });
    // As long as the rule takes to let go, and not until the sender looks again by itself.
    await clock.advance(30_500);
    expect(coordinator.reports.size).toBe(1);
    expect(coordinator.waiting).toHaveLength(1);
  });

  it('says nothing at all while nothing is held', async () => {
    const { start, sensors, clock, coordinator } = make();
    await start();
    sensors.set({ metered: true });
    await clock.advance(30_000);
    const before = coordinator.calls.length;
    await clock.advance(LONG_MS);
    expect(coordinator.calls.length).toBe(before);
  });

  it('breaks off what is being fetched, and fetches it when it may', async () => {
    const { start, sensors, clock, coordinator, workers, slots } = make();
    coordinator.delays.set('getBlob', new Promise(() => undefined));
    coordinator.offer(1);
    await start();
    expect(slots()).toEqual(['fetching']);
    sensors.set({ metered: true });
    await clock.advance(1000);
    coordinator.delays.delete('getBlob');
    await clock.advance(60_000);
    expect(workers.tasks).toHaveLength(0);
    sensors.set({ metered: false });
    await clock.advance(LONG_MS);
    expect(workers.tasks).toHaveLength(1);
    expect(coordinator.returned).toEqual([]);
  });

  it('runs what is here already', async () => {
    const { workers, sensors, clock } = await atWork();
    sensors.set({ metered: true });
    await clock.advance(LONG_MS);
    expect(workers.newest.parked).toBe(false);
  });
});

describe('the day’s share of the network', () => {
  it('stops fetching when it is used up, until midnight', async () => {
    const { start, networkUsage, clock, coordinator, state } = make({
      clock: new TestClock(new Date(2026, 10, 22, 23, 58).getTime()),
    });
    await start();
    networkUsage.counted({ sent: 0, received: 2_000_000_000 });
    await clock.advance(1000);
    const [reason] = state().decision.reasons;
    expect(reason).toMatchObject({
      code: 'network_quota',
      usedBytes: 2_000_000_000,
      quotaBytes: 2_000_000_000,
    });
    coordinator.offer(1);
    await clock.advance(60_000);
    expect(coordinator.waiting).toHaveLength(1);
    await clock.advance(90_000);
    expect(coordinator.waiting).toHaveLength(0);
  });
});

describe('the memory of each profile', () => {
  const settings = {
    consentGivenAt: 1,
    settingsVersion: 2,
    awayCpuPercent: 100,
    inUseCpuPercent: 100,
    awayMemoryPercent: 50,
    inUseMemoryPercent: 10,
  };

  it('lets fewer tasks run while the owner is there, and the others keep what they have', async () => {
    const { start, coordinator, sensors, clock, slots, workers } = make({ settings });
    coordinator.offer(3, {
      limits: { fuel: '1000000000000', memoryBytes: GIB / 2, outputBytes: 1024, wallMs: 60_000 },
    });
    await start();
    expect(slots()).toEqual(['running', 'running', 'running']);
    sensors.set({ idleSeconds: 0 });
    await clock.advance(1000);
    expect(slots()).toEqual(['running', 'parked', 'parked']);
    expect(workers.tasks.map(({ stopped }) => stopped)).toEqual([false, false, false]);
  });

  it('is not given to another task while a parked one has it', async () => {
    const { start, coordinator, sensors, clock, slots } = make({
      settings: { ...settings, inUseMemoryPercent: 25 },
    });
    coordinator.offer(3, {
      limits: { fuel: '1000000000000', memoryBytes: GIB / 2, outputBytes: 1024, wallMs: 60_000 },
    });
    await start();
    sensors.set({ idleSeconds: 0 });
    await clock.advance(1000);
    coordinator.offer(1);
    await clock.advance(30_000);
    expect(coordinator.waiting).toHaveLength(0);
    expect(slots()).toEqual(['running', 'running', 'parked', 'parked']);
  });

  it('is told to the network as the most that any task may have', async () => {
    const { start, coordinator, agent, clock } = make({ settings });
    const told = (): number | undefined =>
      coordinator.calls
        .flatMap((call) => (call.name === 'register' ? [call.input.body.capabilities.memoryBytes] : []))
        .at(-1);
    await start();
    expect(told()).toBe(8_000_000_000);
    await agent.handle('setSettings', { awayCpuPercent: 0 });
    await clock.advance(60_000);
    expect(told()).toBe(1_600_000_000);
    await agent.handle('setSettings', { awayCpuPercent: 50, inUseCpuPercent: 0, awayMemoryPercent: 5 });
    await clock.advance(60_000);
    expect(told()).toBe(800_000_000);
  });
});

describe('keeping the computer awake', () => {
  const settings = { consentGivenAt: 1, keepAwake: true };

  it('is only asked for while something is worked on, and never on battery', async () => {
    const { keepAwake, sensors, clock, workers, state } = await atWork({ settings });
    expect(keepAwake.holds).toBe(true);
    sensors.set({ onBattery: true });
    await clock.advance(1000);
    expect(keepAwake.holds).toBe(false);
    sensors.set({ onBattery: false });
    await clock.advance(LONG_MS);
    expect(keepAwake.holds).toBe(true);
    workers.newest.finish();
    await clock.advance(5000);
    expect(keepAwake.holds).toBe(false);
    expect(state().problems).toEqual([]);
  });

  it('is not asked for when the owner did not', async () => {
    const { keepAwake } = await atWork();
    expect(keepAwake.asked).not.toContain(true);
  });

  it('ends with Lull', async () => {
    const { keepAwake, stop } = await atWork({ settings });
    await stop();
    expect(keepAwake.holds).toBe(false);
  });

  it('is a problem with a sentence where the system does not let it', async () => {
    const { start, keepAwake, coordinator, state, agent } = make({ settings });
    keepAwake.offered = false;
    coordinator.offer(1);
    await start();
    expect(state().problems).toMatchObject([
      { code: 'keep_awake', message: expect.stringMatching(/\.$/) as string },
    ]);
    await agent.handle('setSettings', { keepAwake: false });
    expect(state().problems).toEqual([]);
  });
});

describe('starting at login', () => {
  it('is set up when the owner says so, and taken away again', async () => {
    const { start, agent, autostart, state } = make();
    await start();
    await agent.handle('setSettings', { startAtLogin: true });
    expect(autostart.isSet).toBe(true);
    await agent.handle('setSettings', { idleMinutes: 9 });
    await agent.handle('resetSettings', {});
    expect(autostart.asked).toEqual([true, false]);
    expect(state().settings.startAtLogin).toBe(false);
  });

  it('that the system refuses fails with its sentence, and the setting stays as it was', async () => {
    const { start, agent, autostart, state } = make();
    await start();
    autostart.failure = new Error('The folder cannot be written.');
    await expect(agent.handle('setSettings', { startAtLogin: true, idleMinutes: 9 })).rejects.toThrow(
      'The folder cannot be written.',
    );
    expect(state().settings).toMatchObject({ startAtLogin: false, idleMinutes: 9 });
    const text = JSON.stringify({ settingsVersion: 2, startAtLogin: true, idleMinutes: 7 });
    expect(await agent.handle('importSettings', { text })).toEqual({ bad: ['startAtLogin'] });
    expect(state().settings).toMatchObject({ startAtLogin: false, idleMinutes: 7 });
  });

  it('is set up anew at each start, and is a problem when that fails', async () => {
    const settings = { consentGivenAt: 1, startAtLogin: true };
    const well = make({ settings });
    await well.start();
    expect(well.autostart.asked).toEqual([true]);
    const badly = make({ settings });
    badly.autostart.failure = new Error('The folder cannot be written.');
    await badly.start();
    expect(badly.state().problems).toMatchObject([{ code: 'autostart' }]);
  });
});
