// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from 'vitest';

import { DEFAULT_SETTINGS } from '../../../protocol/settings.ts';
import { agentUnderTest, SYSTEM } from '../../support/agent-under-test.ts';

type UnderTest = ReturnType<typeof agentUnderTest>;

const running: UnderTest[] = [];
const make = (...args: Parameters<typeof agentUnderTest>): UnderTest => {
  const made = agentUnderTest(...args);
  running.push(made);
  return made;
};

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

describe('the owner', () => {
  it('pauses for a while: it is stored, shown with its end, and over by itself', async () => {
    const { agent, start, clock, settings, state, reasons } = make();
    await start();
    await agent.handle('pause', { for: '15m' });
    expect(settings.stored).toMatchObject({ pausedUntil: clock.now() + 900_000 });
    expect(state()).toMatchObject({
      overall: 'paused',
      decision: { slots: 0, reasons: [{ code: 'paused_by_user', mayEndAt: clock.now() + 900_000 }] },
    });
    await clock.advance(900_000);
    expect(reasons()).not.toContain('paused_by_user');
    expect(state().settings.pausedUntil).toBeNull();
  });

  it('pauses GPU work only: the rest goes on; resuming everything ends it too', async () => {
    const { agent, start, clock, settings, state, reasons } = make({
      options: { system: { ...SYSTEM, gpus: 1 } },
    });
    await start();
    await agent.handle('pause', { for: '1h', of: 'gpu' });
    expect(settings.stored).toMatchObject({ gpuPausedUntil: clock.now() + 3_600_000, pausedUntil: null });
    expect(state().decision).toMatchObject({ slots: 2, gpuDutyPercent: 0 });
    expect(state().decision.reasons).toContainEqual({
      code: 'paused_by_user',
      for: 'gpu',
      mayEndAt: clock.now() + 3_600_000,
    });
    await agent.handle('resume', { of: 'gpu' });
    expect(state().decision.gpuDutyPercent).toBe(50);
    expect(reasons()).not.toContain('paused_by_user');
    await agent.handle('pause', { for: 'until_resumed', of: 'gpu' });
    await agent.handle('pause', { for: 'until_resumed' });
    await agent.handle('resume', { of: 'gpu' });
    expect(state().settings).toMatchObject({ gpuPausedUntil: null, pausedUntil: 'resumed' });
    await agent.handle('pause', { for: '15m', of: 'gpu' });
    await agent.handle('resume', {});
    expect(state().settings).toMatchObject({ gpuPausedUntil: null, pausedUntil: null });
  });

  it('ends a pause of the GPU by itself when its time is over', async () => {
    const { agent, start, clock, state } = make();
    await start();
    await agent.handle('pause', { for: '15m', of: 'gpu' });
    await clock.advance(900_000);
    expect(state().settings.gpuPausedUntil).toBeNull();
  });

  it('changes settings, and they hold when the answer comes', async () => {
    const { agent, start, state } = make();
    await start();
    await agent.handle('setSettings', { awayCpuPercent: 100 });
    expect(state().decision).toMatchObject({ slots: 4, cpuDutyPercent: 100 });
    await agent.handle('setSettings', { awayThreads: 1 });
    expect(state().decision.slots).toBe(1);
    await agent.handle('resetSettings', { section: 'cpu' });
    expect(state().decision).toMatchObject({ slots: 2, cpuDutyPercent: 100 });
  });

  it('carries settings over to another computer, without consent and pauses', async () => {
    const [one, other] = [make(), make({ settings: {} })];
    await one.start();
    await other.start();
    await one.agent.handle('setSettings', { awayCpuPercent: 30, exclusiveApps: ['blender'] });
    await one.agent.handle('pause', { for: 'until_resumed' });
    const exported = await one.agent.handle('exportSettings', {});
    expect(await other.agent.handle('importSettings', exported)).toEqual({ bad: [] });
    expect(other.state().settings).toEqual({
      ...DEFAULT_SETTINGS,
      awayCpuPercent: 30,
      exclusiveApps: ['blender'],
    });
    expect(other.state().consent).toBe('needed');
  });

  it('imports what can be read of a file, and hears what could not', async () => {
    const { agent, start, state, settings } = make();
    await start();
    const text = '{"memoryPercent": 40, "idleMinutes": "soon", "wings": 2, "pausedUntil": "resumed"}';
    expect(await agent.handle('importSettings', { text })).toEqual({ bad: ['idleMinutes', 'wings'] });
    expect(state().settings).toMatchObject({ awayMemoryPercent: 40, idleMinutes: 5, pausedUntil: null });
    const before = settings.stored;
    await expect(agent.handle('importSettings', { text: 'hello' })).rejects.toThrow(/no settings of Lull/);
    expect(settings.stored).toEqual(before);
  });

  it('resets everything but consent and pauses', async () => {
    const { agent, start, state } = make();
    await start();
    await agent.handle('setSettings', { awayCpuPercent: 10, theme: 'dark' });
    await agent.handle('pause', { for: 'until_resumed' });
    await agent.handle('resetSettings', {});
    expect(state().settings).toEqual({ ...DEFAULT_SETTINGS, consentGivenAt: 1, pausedUntil: 'resumed' });
  });

  it('is told which programs run, or that this cannot be known', async () => {
    const { agent, start, sensors } = make();
    await start();
    sensors.running = ['blender', 'firefox'];
    expect(await agent.handle('runningPrograms', {})).toEqual({ programs: ['blender', 'firefox'] });
    sensors.running = null;
    expect(await agent.handle('runningPrograms', {})).toEqual({ programs: null });
  });

  it('resumes at once, without any waiting time', async () => {
    const { agent, start, state } = make();
    await start();
    await agent.handle('pause', { for: 'until_resumed' });
    await agent.handle('resume', {});
    expect(state().decision.slots).toBe(2);
  });

  it('earns now though he is there, which ends a pause and outlives none', async () => {
    const { agent, start, sensors, clock, state } = make();
    sensors.set({ idleSeconds: 0 });
    await start();
    await agent.handle('pause', { for: '1h' });
    await agent.handle('earnNow', { minutes: 5 });
    expect(state()).toMatchObject({
      earnNowUntil: clock.now() + 300_000,
      settings: { pausedUntil: null },
      decision: { slots: 2, profile: 'away' },
    });
    await agent.handle('pause', { for: '1h' });
    expect(state().earnNowUntil).toBeNull();
  });

  it('earns now without waiting for what has to settle', async () => {
    const { agent, start, sensors, clock, state } = make();
    await start();
    sensors.set({ idleSeconds: 0 }, true);
    await clock.advance(1000);
    await agent.handle('earnNow', { minutes: 5 });
    expect(state().decision.slots).toBe(2);
  });

  it('resumes without waiting for what has to settle', async () => {
    const { agent, start, sensors, clock, state } = make();
    await start();
    sensors.set({ onBattery: true }, true);
    sensors.set({ onBattery: false }, true);
    await clock.advance(1000);
    expect(state().decision.slots).toBe(0);
    await agent.handle('resume', {});
    expect(state().decision.slots).toBe(2);
  });

  it('changes one setting and keeps the others', async () => {
    const { agent, start, settings, state } = make();
    await start();
    await agent.handle('setSettings', { awayCpuPercent: 100, theme: undefined });
    expect(settings.stored).toEqual({ ...DEFAULT_SETTINGS, consentGivenAt: 1, awayCpuPercent: 100 });
    expect(state().decision.slots).toBe(4);
  });

  it('tells the network when the memory that it may use has changed', async () => {
    const { agent, start, clock, coordinator } = make();
    await start();
    await agent.handle('setSettings', { awayMemoryPercent: 50 });
    await clock.advance(30_000);
    const registration = coordinator.calls.findLast(({ name }) => name === 'register');
    expect(registration?.input).toMatchObject({ body: { capabilities: { memoryBytes: 8_000_000_000 } } });
  });

  it.each([
    ['a setting out of range', 'setSettings', { awayCpuPercent: 101 }],
    ['consent by the back door', 'setSettings', { consentGivenAt: 5 }],
    ['a pause that is none', 'pause', { for: 'ever' }],
    ['a key too many', 'resume', { now: true }],
    ['an intent that is none', 'runProgram', { path: '/bin/sh' }],
    ['a name of the prototype', 'constructor', {}],
  ])('is refused %s, and nothing changes', async (_what, name, request) => {
    const { agent, start, settings } = make();
    await start();
    const before = structuredClone(settings.stored);
    await expect(agent.handle(name, request)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(settings.stored).toEqual(before);
  });

  it('hears that a setting could not be written, and it stays as it was', async () => {
    const { agent, start, settings, state } = make();
    await start();
    settings.full = true;
    await expect(agent.handle('setSettings', { awayCpuPercent: 10 })).rejects.toMatchObject({
      code: 'disk_full',
    });
    expect(state().settings.awayCpuPercent).toBe(50);
  });

  it('hears of settings that could not be read, by name', () => {
    const { state } = make({ settings: { consentGivenAt: 1, idleMinutes: -4 } });
    expect(state().problems).toMatchObject([
      { code: 'bad_settings', message: expect.stringContaining('idleMinutes') as string },
    ]);
    expect(state().settings.idleMinutes).toBe(5);
  });

  it('runs the practice jobs again only in the network of this computer', async () => {
    const { agent } = make();
    await expect(agent.handle('practiceAgain', {})).rejects.toMatchObject({ code: 'forbidden' });
    let rounds = 0;
    const here = make({
      options: {
        practiceAgain: () => {
          rounds += 1;
          return Promise.resolve();
        },
      },
    });
    await here.agent.handle('practiceAgain', {});
    expect(rounds).toBe(1);
  });

  it('gives consent once; a second time changes nothing', async () => {
    const { agent, start, settings, state } = make();
    await start();
    await agent.handle('acceptConsent', {});
    expect(settings.stored).toMatchObject({ consentGivenAt: 1 });
    expect(state().earnNowUntil).toBeNull();
  });
});

describe('every view', () => {
  it('gets the same whole state, coalesced, and its revision grows', async () => {
    const { agent, start, clock, coordinator, workers } = make();
    const revisions: number[] = [];
    agent.subscribe(({ revision }) => revisions.push(revision));
    coordinator.offer(1);
    await start();
    const before = revisions.length;
    for (let n = 0; n < 100; n++) {
      workers.newest.progress(n);
      await clock.advance(10);
    }
    expect(revisions.length - before).toBeLessThanOrEqual(5);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    await expect(agent.handle('snapshot', {})).resolves.toEqual(agent.snapshot());
  });

  it('is not woken more than once a second by mere countdowns', async () => {
    const { agent, start, clock, coordinator, sensors } = make();
    coordinator.offer(1);
    await start();
    await clock.advance(3000);
    let published = 0;
    agent.subscribe(() => (published += 1));
    for (let second = 0; second < 10; second++) {
      sensors.set({ idleSeconds: 3600 + second });
      await clock.advance(1000);
    }
    expect(published).toBeGreaterThanOrEqual(9);
    expect(published).toBeLessThanOrEqual(11);
  });

  it('sees a slot being fetched, run and parked, with its process', async () => {
    const { agent, start, clock, coordinator, workers, state } = make();
    const [lease] = coordinator.offer(1);
    const delivery = Promise.withResolvers<undefined>();
    coordinator.delays.set('getBlob', delivery.promise);
    await start();
    expect(state().slots).toMatchObject([{ attempt: lease?.attempt, state: 'fetching', pid: null }]);
    delivery.resolve(undefined);
    await clock.advance(10);
    workers.newest.progress(420);
    expect(state().slots).toMatchObject([
      {
        state: 'running',
        pid: 1000,
        progressPermille: 420,
        fuel: '420000',
        jobName: 'earthquakes',
        purpose: 'science',
      },
    ]);
    await agent.handle('pause', { for: '1h' });
    expect(state().slots).toMatchObject([{ state: 'parked', pid: 1000, progressPermille: 0 }]);
  });
});
