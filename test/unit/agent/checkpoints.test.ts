// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from 'vitest';

import type { AttemptLease } from '../../../protocol/coordinator-api.ts';
import { agentUnderTest } from '../../support/agent-under-test.ts';

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

/** An agent at work on one task. */
async function atWork(
  choices: Parameters<typeof agentUnderTest>[0] = {},
): Promise<UnderTest & { lease: AttemptLease }> {
  const made = make(choices);
  const [lease] = made.coordinator.offer(1);
  if (lease === undefined) throw new Error('there is no lease');
  await made.start();
  return { ...made, lease };
}

/** The same computer after a crash or a quit: what is on its disk, and nothing else. */
const sameDisk = ({ store, checkpoints, coordinator, clock, identity }: UnderTest): UnderTest =>
  make({ store, checkpoints, coordinator, clock, identity });

describe('a task with checkpoints', () => {
  it('says what a crash would cost, and when and how large the last checkpoint was', async () => {
    const { workers, clock, state } = await atWork();
    expect(state().slots[0]?.checkpoint).toEqual({ atRiskMs: 1, savedAt: null, bytes: 0, resumed: false });
    await clock.advance(500);
    expect(await workers.newest.snapshot('four', { cpuMs: 1 })).toBe(true);
    expect(state().slots[0]?.checkpoint).toEqual({
      atRiskMs: 0,
      savedAt: clock.now(),
      bytes: 4,
      resumed: false,
    });
  });

  it('is saved so often that at most 30 s of work are at risk, ten of them for reaching the disk', async () => {
    const { workers } = await atWork();
    expect(workers.newest.checkpointing?.everyMs).toBeGreaterThan(0);
    expect(workers.newest.checkpointing?.everyMs).toBeLessThanOrEqual(20_000);
  });

  it('says why it has none, when its worker says so', async () => {
    const { workers, state, clock } = await atWork();
    workers.newest.checkpointing?.begun({ resumed: false, refused: 'It uses table.grow.' });
    await clock.advance(300);
    expect(state().slots[0]?.checkpoint.refused).toBe('It uses table.grow.');
  });

  it('goes on in a new worker when its worker fails, from the last checkpoint, and nothing is given back', async () => {
    const { workers, clock, coordinator, state } = await atWork();
    await workers.newest.snapshot('base', { cpuMs: 5000 });
    await workers.newest.snapshot('delta', { kind: 'delta', cpuMs: 7000 });
    workers.newest.crash();
    await clock.advance(60_000);
    expect(workers.tasks).toHaveLength(2);
    expect(workers.newest.resumedFrom).toEqual(['base', 'delta']);
    workers.newest.checkpointing?.begun({ resumed: true });
    await clock.advance(300);
    expect(state().slots[0]?.checkpoint).toMatchObject({ resumed: true, atRiskMs: 1 });
    expect(coordinator.returned).toEqual([]);
    workers.newest.finish(Buffer.from('the end'));
    await clock.advance(1000);
    // The CPU time of both workers, as far as it led anywhere.
    expect([...coordinator.reports.values()][0]?.cpuMs).toBe(8500);
  });

  it('throws away a checkpoint that its worker could not use, and makes new ones', async () => {
    const { workers, clock, checkpoints, state } = await atWork();
    await workers.newest.snapshot('bad', { cpuMs: 5000 });
    workers.newest.crash();
    await clock.advance(60_000);
    workers.newest.checkpointing?.begun({ resumed: false, notResumed: 'It is of another meter.' });
    await clock.advance(300);
    expect(checkpoints.attempts).toEqual([]);
    expect(state().slots[0]?.checkpoint).toMatchObject({ savedAt: null, bytes: 0, resumed: false });
    expect(await workers.newest.snapshot('good')).toBe(true);
  });

  it('is given back at once when its worker fails and there is no checkpoint', async () => {
    const { workers, clock, coordinator } = await atWork();
    workers.newest.crash();
    await clock.advance(1000);
    expect(coordinator.returned).toMatchObject([{ reason: 'failed_here' }]);
  });

  it('is given back after three failures, and its module is refused then', async () => {
    const { workers, clock, coordinator, checkpoints, state } = await atWork();
    for (let fault = 1; fault <= 3; fault++) {
      await workers.newest.snapshot(`after ${fault}`);
      workers.newest.crash();
      await clock.advance(600_000);
    }
    expect(workers.tasks).toHaveLength(3);
    expect(coordinator.returned).toMatchObject([{ reason: 'failed_here' }]);
    expect(state().refusedModules).toHaveLength(1);
    expect(checkpoints.attempts).toEqual([]);
  });

  it('leaves nothing behind when it has finished', async () => {
    const { workers, clock, checkpoints, store } = await atWork();
    await workers.newest.snapshot('base');
    workers.newest.finish();
    await clock.advance(1000);
    expect([checkpoints.attempts, store.heldLeases()]).toEqual([[], []]);
  });

  it('leaves nothing behind when it was cancelled', async () => {
    const { workers, clock, checkpoints, store, coordinator, lease } = await atWork();
    await workers.newest.snapshot('base');
    coordinator.cancel(lease.attempt);
    await clock.advance(1000);
    expect([checkpoints.attempts, store.heldLeases()]).toEqual([[], []]);
  });

  it('goes on without them on a full disk, with a problem that is gone with the next one', async () => {
    const { workers, clock, checkpoints, state } = await atWork();
    const problems = (): string[] => state().problems.map(({ code }) => code);
    checkpoints.full = true;
    expect(await workers.newest.snapshot('base')).toBe(false);
    expect(problems()).toEqual(['checkpoint_disk']);
    checkpoints.full = false;
    expect(await workers.newest.snapshot('base')).toBe(true);
    expect(problems()).toEqual([]);
    workers.newest.finish();
    await clock.advance(1000);
    expect(state().activity[0]?.result.kind).toBe('completed');
  });
});

describe('an agent that ends with work on its hands', () => {
  it('names what it held in its first poll after a crash, and goes on from the checkpoint', async () => {
    const crashed = await atWork();
    await crashed.workers.newest.snapshot('base');
    const next = sameDisk(crashed);
    await next.start();
    expect(next.coordinator.lastPoll.attempts).toMatchObject([{ attempt: crashed.lease.attempt }]);
    expect(next.workers.newest.resumedFrom).toEqual(['base']);
    next.workers.newest.finish();
    await next.clock.advance(1000);
    expect(next.coordinator.reports.has(crashed.lease.attempt)).toBe(true);
    expect(next.store.heldLeases()).toEqual([]);
  });

  it('drops what the answer to its first poll says is lost, with its checkpoint', async () => {
    const crashed = await atWork();
    await crashed.workers.newest.snapshot('base');
    crashed.coordinator.cancel(crashed.lease.attempt, 'lease_expired');
    const next = sameDisk(crashed);
    await next.start();
    await next.clock.advance(1000);
    expect([next.store.heldLeases(), next.checkpoints.attempts]).toEqual([[], []]);
    expect(next.state().slots).toEqual([]);
  });

  it('sweeps checkpoints that belong to nothing that it holds', async () => {
    const { checkpoints } = make();
    const { lease, ...crashed } = await atWork();
    const draft = await checkpoints.draft(lease.attempt, 'base');
    await draft.commit({ cpuMs: 0, savedAt: 0 });
    const next = make({ checkpoints, clock: crashed.clock });
    await next.start();
    expect(checkpoints.attempts).toEqual([]);
  });

  it('makes a last checkpoint when it is quit, and keeps the lease instead of giving it back', async () => {
    const { workers, coordinator, clock, agent, lease, store, checkpoints, ...rest } = await atWork();
    const task = workers.newest;
    task.onCheckpoint = () => task.snapshot('the last').then(() => undefined);
    const stopped = agent.stop();
    await clock.advance(0);
    await clock.advance(5000);
    await stopped;
    expect(coordinator.returned).toEqual([]);
    expect(store.heldLeases()).toMatchObject([{ attempt: lease.attempt }]);
    const next = sameDisk({ workers, coordinator, clock, agent, store, checkpoints, ...rest });
    await next.start();
    expect(next.workers.newest.resumedFrom).toEqual(['the last']);
  });

  it('gives back when it is quit what has no checkpoint, without waiting long for one', async () => {
    const { workers, coordinator, clock, agent, store } = await atWork();
    workers.newest.onCheckpoint = () => new Promise(() => undefined);
    const stopped = agent.stop();
    await clock.advance(5000);
    await stopped;
    expect(coordinator.returned).toMatchObject([{ reason: 'shutting_down' }]);
    expect(store.heldLeases()).toEqual([]);
  });
});
