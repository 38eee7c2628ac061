// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from 'vitest';

import { API_VERSION } from '../../../protocol/coordinator-api.ts';
import { LullError } from '../../../protocol/errors.ts';
import { agentUnderTest } from '../../support/agent-under-test.ts';
import { FakeAgentStore } from '../../support/fake-agent-store.ts';

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

describe('an agent without consent', () => {
  it('asks the network for nothing at all, starts no worker, and says what it waits for', async () => {
    const { start, clock, coordinator, workers, state, reasons } = make({ settings: {} });
    coordinator.offer(3);
    await start();
    await clock.advance(120_000);
    expect(coordinator.calls).toEqual([]);
    expect(workers.state).toBe('new');
    expect(state()).toMatchObject({ consent: 'needed', overall: 'needs_you', slots: [] });
    expect(reasons()).toContain('consent_needed');
  });

  it('earns for ten minutes after consent though the owner is at the computer, and then yields', async () => {
    const { agent, start, clock, coordinator, sensors, slots, state, reasons } = make({ settings: {} });
    sensors.set({ idleSeconds: 2 });
    coordinator.offer(5);
    await start();
    await agent.handle('acceptConsent', {});
    await clock.advance(500);
    expect(slots()).toEqual(['running', 'running']);
    expect(state()).toMatchObject({
      consent: 'given',
      overall: 'earning',
      earnNowUntil: clock.now() - 500 + 600_000,
    });
    await clock.advance(600_000);
    expect(slots()).toEqual(['parked', 'parked']);
    expect(reasons()[0]).toBe('user_active');
    expect(state().earnNowUntil).toBeNull();
  });
});

describe('an agent at work', () => {
  it('runs a leased task, signs and reports its result, and checks the receipt by itself', async () => {
    const { start, clock, coordinator, workers, state, identity } = make();
    coordinator.offer(1);
    await start();
    expect(coordinator.registeredBy(identity.device.publicKey)).toBe(true);
    workers.newest.finish(Buffer.from('42'));
    await clock.advance(1000);
    const report = [...coordinator.reports.values()][0];
    expect(report?.statement).toMatchObject({ outcome: { kind: 'completed' }, fuel: '2000000000' });
    expect(state()).toMatchObject({
      earnings: { today: '1000', lifetime: '1000', unsent: 0, receipts: 1 },
      receipts: [{ jobName: 'earthquakes', amount: '1000', verified: true }],
      activity: [{ result: { kind: 'completed' } }],
      ledger: { size: 1, trusted: true },
    });
  });

  it('gives the proof of a receipt that it has checked, and says so where it has none', async () => {
    const { agent, start, clock, coordinator, workers, state } = make();
    coordinator.offer(1);
    await start();
    workers.newest.finish();
    await clock.advance(1000);
    const id = state().receipts[0]?.id;
    await expect(agent.handle('receiptProof', { id })).resolves.toMatchObject({
      receipt: { statement: { id } },
    });
    await expect(agent.handle('receiptProof', { id: 'rcp_99999999' })).rejects.toMatchObject({
      code: 'unknown_receipt',
    });
  });

  it('asks for as many tasks as the limits allow, and for new ones as soon as one ends', async () => {
    const { start, clock, coordinator, workers } = make();
    await start();
    coordinator.offer(5);
    await clock.advance(300);
    expect(workers.tasks).toHaveLength(2);
    workers.tasks[0]?.finish();
    await clock.advance(300);
    expect(workers.tasks).toHaveLength(3);
  });

  it('parks every task within 100 ms of the first input and resumes the same processes later', async () => {
    const { start, clock, coordinator, sensors, workers, slots } = make();
    coordinator.offer(2);
    await start();
    await clock.advance(1000);
    sensors.set({ idleSeconds: 0 });
    await clock.advance(100);
    expect(slots()).toEqual(['parked', 'parked']);
    sensors.set({ idleSeconds: 3600 });
    await clock.advance(29_000);
    expect(slots()).toEqual(['parked', 'parked']);
    await clock.advance(2000);
    expect(slots()).toEqual(['running', 'running']);
    expect(workers.tasks).toHaveLength(2);
    expect(workers.tasks.some((task) => task.stopped)).toBe(false);
  });

  it('parks at once when the sensors tell of a change by event', async () => {
    const { start, coordinator, sensors, clock, workers } = make();
    coordinator.offer(1);
    await start();
    await clock.advance(10);
    sensors.set({ onBattery: true }, true);
    expect(workers.newest.parked).toBe(true);
  });

  it('keeps tasks that were parked for hours, with their leases renewed', async () => {
    const { agent, start, clock, coordinator, workers, slots, state } = make();
    coordinator.offer(2);
    await start();
    await agent.handle('pause', { for: 'until_resumed' });
    await clock.advance(3 * 3_600_000);
    expect(state().overall).toBe('paused');
    expect(slots()).toEqual(['parked', 'parked']);
    expect(coordinator.lastPoll).toMatchObject({ freeSlots: 0, attempts: [{}, {}] });
    await agent.handle('resume', {});
    expect(workers.tasks.map((task) => task.parked)).toEqual([false, false]);
  });

  it('parks the newest task when the limit is lowered, and starts nothing more', async () => {
    const { agent, start, clock, coordinator, workers } = make();
    coordinator.offer(4);
    await start();
    await agent.handle('setSettings', { awayCpuPercent: 25 });
    await clock.advance(1000);
    expect(workers.tasks.map((task) => task.parked)).toEqual([false, true]);
    workers.tasks[0]?.finish();
    await clock.advance(1000);
    expect(workers.tasks.map((task) => task.parked)).toEqual([false, false]);
    expect(workers.tasks).toHaveLength(2);
  });

  it('spreads the cap over the slots, so that slots times duty is the limit', async () => {
    const { start, coordinator, clock, workers } = make({
      settings: { consentGivenAt: 1, awayCpuPercent: 30 },
    });
    coordinator.offer(3);
    await start();
    await clock.advance(300);
    expect(workers.tasks.map((task) => task.dutyPercent)).toEqual([60, 60]);
    // They take turns.
    expect(workers.tasks.map((task) => task.controls.at(-1)?.phase)).toEqual([0, 0.5]);
  });

  it('moves a slot to the place in the period that another one has left', async () => {
    const { start, coordinator, clock, workers } = make({
      settings: { consentGivenAt: 1, awayCpuPercent: 30 },
    });
    coordinator.offer(2);
    await start();
    await clock.advance(300);
    workers.tasks[0]?.finish();
    await clock.advance(300);
    expect(workers.tasks[1]?.controls.at(-1)).toEqual({ parked: false, dutyPercent: 60, phase: 0 });
  });

  it('stops a cancelled attempt within a second, and says why it was lost', async () => {
    const { start, coordinator, clock, workers, state } = make();
    const [lease] = coordinator.offer(1);
    await start();
    await clock.advance(5000);
    if (lease !== undefined) coordinator.cancel(lease.attempt);
    await clock.advance(1000);
    expect(workers.newest.stopped).toBe(true);
    expect(coordinator.returned).toEqual([]);
    expect(state()).toMatchObject({
      slots: [],
      activity: [{ result: { kind: 'lost', reason: 'The requester cancelled the job.' } }],
    });
  });

  it('says at once that there is nothing to do, and then holds a long poll', async () => {
    const { start, clock, coordinator, state, reasons } = make();
    await start();
    expect(reasons()).toEqual(['nothing_to_do']);
    expect(state().overall).toBe('waiting');
    await clock.advance(10_000);
    expect(coordinator.held).toBe(1);
    expect(coordinator.lastPoll.waitMs).toBe(20_000);
    expect(coordinator.count('poll')).toBe(2);
  });

  it('keeps exactly one poll under way, whatever happens', async () => {
    const { agent, start, clock, coordinator, sensors } = make();
    await start();
    for (let round = 0; round < 20; round++) {
      sensors.set({ idleSeconds: round % 2 === 0 ? 0 : 3600 }, true);
      await agent.handle('resume', {});
      await clock.advance(777);
      expect(coordinator.held).toBeLessThanOrEqual(1);
    }
  });

  it('drops a poll that asks for tasks when none may run any more', async () => {
    const { start, clock, coordinator, sensors } = make();
    await start();
    await clock.advance(1000);
    expect(coordinator.lastPoll.freeSlots).toBe(2);
    sensors.set({ onBattery: true }, true);
    await clock.advance(0);
    expect(coordinator.lastPoll.freeSlots).toBe(0);
    coordinator.offer(1);
    await clock.advance(1000);
    expect(coordinator.leased.size).toBe(0);
  });

  it('takes attempts back that the coordinator believes it holds, and gives back what it has no room for', async () => {
    const { start, clock, coordinator, workers } = make({
      settings: { consentGivenAt: 1, awayCpuPercent: 25 },
    });
    for (const lease of coordinator.offer(6)) coordinator.leased.set(lease.attempt, lease);
    coordinator.waiting.length = 0;
    await start();
    await clock.advance(1000);
    expect(workers.tasks).toHaveLength(1);
    expect(coordinator.returned.map(({ reason }) => reason)).toEqual(['busy', 'busy']);
    expect(coordinator.lastPoll.attempts).toHaveLength(4);
  });

  it('takes a lease that comes twice for the one that it has, running or waiting to be sent', async () => {
    const { start, clock, coordinator, workers, state } = make();
    const [lease] = coordinator.offer(1);
    await start();
    if (lease !== undefined) coordinator.waiting.push(lease);
    coordinator.tell();
    await clock.advance(1000);
    expect(workers.tasks).toHaveLength(1);
    coordinator.failures.set(
      'report',
      Array.from({ length: 50 }, () => new LullError('internal', 'oops')),
    );
    workers.newest.finish();
    await clock.advance(100);
    if (lease !== undefined) coordinator.waiting.push(lease);
    coordinator.tell();
    await clock.advance(1000);
    expect(workers.tasks).toHaveLength(1);
    expect(state().earnings.unsent).toBe(1);
  });

  it('downloads a module once for tasks that start together', async () => {
    const { start, clock, coordinator, workers } = make();
    coordinator.offer(2);
    await start();
    await clock.advance(300);
    expect(workers.tasks).toHaveLength(2);
    expect(coordinator.count('getBlob')).toBe(1);
  });

  it('does not start a task for which the memory is taken, and gives back one that can never fit', async () => {
    const { start, clock, coordinator, workers, slots } = make();
    const limits = { fuel: '1000', memoryBytes: 3_000_000_000, outputBytes: 1000, wallMs: 60_000 };
    coordinator.offer(2, { limits });
    const [tooLarge] = coordinator.offer(1, { limits: { ...limits, memoryBytes: 4_200_000_000 } });
    await start();
    await clock.advance(300);
    expect(workers.tasks).toHaveLength(1);
    expect(slots()).toEqual(['running', 'parked']);
    workers.newest.finish();
    await clock.advance(300);
    workers.newest.finish();
    await clock.advance(300);
    expect(workers.tasks).toHaveLength(2);
    expect(coordinator.returned.map(({ attempt }) => attempt)).toContain(tooLarge?.attempt);
  });
});

describe('an agent that is interrupted early', () => {
  it('starts no process for a task that was fetched while the owner came back', async () => {
    const { start, clock, coordinator, sensors, slots, workers } = make();
    const delivery = Promise.withResolvers<undefined>();
    coordinator.delays.set('getBlob', delivery.promise);
    coordinator.offer(1);
    await start();
    expect(slots()).toEqual(['fetching']);
    sensors.set({ idleSeconds: 0 }, true);
    delivery.resolve(undefined);
    await clock.advance(1000);
    expect(slots()).toEqual(['parked']);
    expect(workers.tasks).toHaveLength(0);
    sensors.set({ idleSeconds: 3600 });
    await clock.advance(31_000);
    expect(slots()).toEqual(['running']);
  });
});

describe('an agent whose worker takes long to start', () => {
  it('lets the task begin as it may run by then', async () => {
    const { agent, start, clock, coordinator, workers } = make();
    const late = Promise.withResolvers<undefined>();
    workers.starts = late.promise;
    coordinator.offer(1);
    await start();
    await agent.handle('pause', { for: '1h' });
    late.resolve(undefined);
    await clock.advance(10);
    expect(workers.newest.parked).toBe(true);
  });

  it('cancels its task without waiting, and ends the worker when it comes', async () => {
    const { start, clock, coordinator, workers, slots } = make();
    const late = Promise.withResolvers<undefined>();
    workers.starts = late.promise;
    const [lease] = coordinator.offer(1);
    await start();
    if (lease !== undefined) coordinator.cancel(lease.attempt);
    await clock.advance(1000);
    expect(slots()).toEqual([]);
    late.resolve(undefined);
    await clock.advance(10);
    expect(workers.newest.stopped).toBe(true);
  });
});

describe('an agent whose network fails', () => {
  it('says since when it is offline, computes on, and sends everything when the network is back', async () => {
    const { start, clock, coordinator, workers, state, reasons } = make();
    coordinator.offer(2);
    await start();
    const before = clock.now();
    coordinator.silent = true;
    coordinator.tell();
    workers.tasks[0]?.finish();
    await clock.advance(60_000);
    expect(state()).toMatchObject({
      network: { connection: 'offline' },
      earnings: { unsent: 1 },
      overall: 'earning',
    });
    expect(state().network.message).toContain('Nobody answers');
    const [reason] = state().decision.reasons;
    expect(reason?.code === 'offline' && reason.since - before).toBeLessThanOrEqual(2000);
    expect(reasons()).toEqual(['offline']);
    coordinator.silent = false;
    await clock.advance(60_000);
    expect(state()).toMatchObject({
      network: { connection: 'online' },
      earnings: { unsent: 0, lifetime: '1000' },
    });
    expect(reasons()).not.toContain('offline');
  });

  it('sends what waited as soon as the network is found back, by whichever request', async () => {
    const { start, clock, coordinator, workers, state } = make();
    coordinator.offer(2);
    await start();
    coordinator.silent = true;
    workers.tasks[0]?.finish();
    await clock.advance(200_000);
    coordinator.silent = false;
    while (state().network.connection !== 'online') await clock.advance(100);
    await clock.advance(100);
    expect(state().earnings.unsent).toBe(0);
  });

  it('does not flood a network that answers every poll at once', async () => {
    const { start, clock, coordinator } = make();
    coordinator.holds = false;
    await start();
    const before = coordinator.count('poll');
    await clock.advance(10_000);
    expect(coordinator.count('poll') - before).toBeLessThanOrEqual(45);
  });

  it('does not flood a network whose receipts cannot be fetched, and fetches them when they can', async () => {
    const { start, clock, coordinator, workers, state } = make();
    coordinator.failures.set(
      'receipts',
      Array.from({ length: 12 }, () => new LullError('internal', 'oops')),
    );
    coordinator.offer(1);
    await start();
    workers.newest.finish();
    await clock.advance(10_000);
    expect(coordinator.count('receipts')).toBeLessThan(12);
    expect(coordinator.held).toBe(1);
    await clock.advance(300_000);
    expect(state().earnings.lifetime).toBe('1000');
  });

  it('waits for the bytes of a task that it holds', async () => {
    const { start, clock, coordinator, slots } = make();
    const delivery = Promise.withResolvers<undefined>();
    coordinator.delays.set('getBlob', delivery.promise);
    coordinator.offer(1);
    await start();
    coordinator.silent = true;
    delivery.resolve(undefined);
    await clock.advance(10_000);
    expect(slots()).toEqual(['fetching']);
    coordinator.silent = false;
    await clock.advance(30_000);
    expect(slots()).toEqual(['running']);
    expect(coordinator.returned).toEqual([]);
  });

  it('waits longer and longer between its tries', async () => {
    const { start, clock, coordinator } = make();
    coordinator.silent = true;
    await start();
    const triesWithin = async (ms: number): Promise<number> => {
      const before = coordinator.calls.length;
      await clock.advance(ms);
      return coordinator.calls.length - before;
    };
    const first = await triesWithin(60_000);
    const later = await triesWithin(60_000);
    expect(later).toBeLessThan(first);
    expect(later).toBeLessThanOrEqual(8);
  });

  it('registers again when the network has forgotten it', async () => {
    const { start, clock, coordinator } = make();
    await start();
    coordinator.failures.set('poll', [new LullError('unknown_device', 'Register first.')]);
    coordinator.tell();
    await clock.advance(21_000);
    expect(coordinator.count('register')).toBe(2);
    expect(coordinator.failures.get('poll')).toEqual([]);
  });

  it('refuses a network whose key has changed, and sends it nothing', async () => {
    const store = new FakeAgentStore();
    const first = make({ store });
    await first.start();
    await first.stop();
    const second = make({ store });
    await second.start();
    await second.clock.advance(10_000);
    expect(second.state()).toMatchObject({ overall: 'needs_you', network: { connection: 'offline' } });
    expect(second.state().problems[0]).toMatchObject({ code: 'network_changed' });
    expect(second.coordinator.calls.every(({ name }) => name === 'network')).toBe(true);
  });

  it('keeps a result that was finally refused as lost, with the reason, and goes on', async () => {
    const { start, clock, coordinator, workers, state } = make();
    const [lease] = coordinator.offer(2);
    await start();
    if (lease !== undefined) coordinator.leased.delete(lease.attempt);
    workers.tasks[0]?.finish();
    workers.tasks[1]?.finish();
    await clock.advance(2000);
    expect(state().earnings).toMatchObject({ unsent: 0, lifetime: '1000' });
    expect(state().activity.map(({ result }) => result)).toContainEqual({
      kind: 'lost',
      reason: 'The lease ran out and the task went to another device.',
    });
  });

  it('keeps a result on which others agreed differently as lost', async () => {
    const { start, clock, coordinator, workers, state } = make();
    coordinator.verdict = 'refused';
    coordinator.offer(1);
    await start();
    workers.newest.finish();
    await clock.advance(1000);
    expect(state().earnings.unsent).toBe(0);
    expect(state().activity[0]?.result).toMatchObject({
      kind: 'lost',
      reason: expect.stringContaining('agreed') as string,
    });
  });

  it('refuses a network of another version, and says which of the two is to be updated', async () => {
    const { start, coordinator, state } = make();
    coordinator.api = API_VERSION + 1;
    await start();
    expect(state()).toMatchObject({ overall: 'needs_you', problems: [{ code: 'api_version' }] });
    expect(state().problems[0]?.message).toContain('update Lull on this computer');
    expect(coordinator.count('register')).toBe(0);
  });

  it('tries a result again that the network could not take for now', async () => {
    const { start, clock, coordinator, workers, state } = make();
    coordinator.offer(1);
    coordinator.failures.set('report', [
      new LullError('disk_full', 'full'),
      new LullError('internal', 'oops'),
    ]);
    await start();
    workers.newest.finish();
    await clock.advance(100);
    expect(state().earnings.unsent).toBe(1);
    await clock.advance(10_000);
    expect(state().earnings).toMatchObject({ unsent: 0, lifetime: '1000' });
  });
});

describe('an agent that was killed', () => {
  it('sends the results that it had not sent, and takes up the attempts that it had not finished', async () => {
    const killed = make();
    const [, unfinished] = killed.coordinator.offer(2);
    await killed.start();
    killed.coordinator.failures.set(
      'report',
      Array.from({ length: 50 }, () => new LullError('internal', 'oops')),
    );
    killed.workers.tasks[0]?.finish(Buffer.from('before the crash'));
    await killed.clock.advance(1000);
    expect(killed.state().earnings.unsent).toBe(1);

    const { coordinator, store, identity } = killed;
    coordinator.failures.clear();
    const again = make({ coordinator, store, identity, clock: killed.clock });
    await again.start();
    await again.clock.advance(3000);
    expect(again.state()).toMatchObject({ earnings: { unsent: 0, lifetime: '1000' } });
    expect(again.state().slots.map(({ attempt }) => attempt)).toEqual([unfinished?.attempt]);
  });
});

describe('an agent whose device fails', () => {
  it('gives an attempt back when its worker crashes, waits, and refuses a module after three times', async () => {
    const { agent, start, clock, coordinator, workers, state } = make({
      settings: { consentGivenAt: 1, awayCpuPercent: 25 },
    });
    coordinator.offer(6);
    await start();
    expect(workers.warmed).toBe(1);
    workers.newest.crash('out of memory');
    await clock.advance(100);
    expect(coordinator.returned).toMatchObject([{ reason: 'failed_here', message: 'out of memory' }]);
    expect(workers.tasks).toHaveLength(1);
    await clock.advance(3000);
    expect(workers.tasks).toHaveLength(2);
    workers.newest.crash();
    await clock.advance(10_000);
    workers.newest.crash();
    await clock.advance(600_000);
    expect(workers.tasks).toHaveLength(3);
    const [refused] = state().refusedModules;
    expect(refused).toMatchObject({ jobName: 'earthquakes', reason: 'the worker was killed' });
    expect(coordinator.returned.at(-1)?.message).toContain('refused on this device');
    await agent.handle('retryModule', { module: refused?.module });
    expect(state().refusedModules).toEqual([]);
    coordinator.offer(1);
    await clock.advance(600_000);
    expect(workers.tasks).toHaveLength(4);
  });

  it('keeps a finished result in memory while the disk is full, and stores it when there is room', async () => {
    const store = new FakeAgentStore();
    const { start, clock, coordinator, workers, state } = make({ store });
    coordinator.offer(1);
    await start();
    store.full = true;
    workers.newest.finish();
    await clock.advance(20_000);
    expect(state().problems).toMatchObject([{ code: 'disk_full' }]);
    expect(coordinator.lastPoll.attempts).toHaveLength(1);
    store.full = false;
    await clock.advance(6000);
    expect(state()).toMatchObject({ problems: [], earnings: { lifetime: '1000' } });
  });

  it('gives an attempt back whose bytes are not what their hash says', async () => {
    const { start, clock, coordinator, workers } = make();
    const [lease] = coordinator.offer(1);
    if (lease !== undefined) coordinator.blobs.set(lease.spec.module.hash, Buffer.from('a modulf'));
    await start();
    await clock.advance(500);
    expect(workers.tasks).toHaveLength(0);
    expect(coordinator.returned[0]?.message).toContain('thrown away');
  });
});

describe('an agent that quits', () => {
  it('ends its workers, gives its attempts back, and closes its store', async () => {
    const store = new FakeAgentStore();
    const { agent, start, stop, coordinator, workers, sensors } = make({ store });
    coordinator.offer(2);
    await start();
    await stop();
    expect(workers.tasks.every((task) => task.stopped)).toBe(true);
    expect(workers.state).toBe('stopped');
    expect(coordinator.returned.map(({ reason }) => reason)).toEqual(['shutting_down', 'shutting_down']);
    expect(sensors.listeners).toBe(0);
    expect(store.closed).toBe(true);
    await expect(agent.handle('resume', {})).rejects.toMatchObject({ code: 'shutting_down' });
  });

  it('takes no task any more that the network gives while it quits', async () => {
    const { agent, start, clock, coordinator, workers } = make();
    const answer = Promise.withResolvers<undefined>();
    coordinator.delays.set('poll', answer.promise);
    coordinator.offer(1);
    await start();
    const stopped = agent.stop();
    answer.resolve(undefined);
    await clock.advance(5000);
    await stopped;
    expect(workers.tasks).toHaveLength(0);
    expect(coordinator.leased.size).toBe(0);
  });

  it('quits though a worker is only being started', async () => {
    const { start, coordinator, workers, stop } = make();
    workers.starts = new Promise(() => undefined);
    coordinator.offer(1);
    await start();
    await stop();
    expect(coordinator.returned).toHaveLength(1);
  });

  it('quits though the network is silent', async () => {
    const { start, stop, clock, coordinator, workers } = make();
    coordinator.offer(1);
    await start();
    coordinator.silent = true;
    coordinator.tell();
    await clock.advance(1000);
    await stop();
    expect(workers.newest.stopped).toBe(true);
  });
});
