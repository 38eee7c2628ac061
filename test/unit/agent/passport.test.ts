// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from 'vitest';

import { blobHashOf } from '../../../protocol/hashes.ts';
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

const MODULE_BYTES = 'a module'.length;
const INPUT = Buffer.from('the input of a task');
const FILE = Buffer.from('a file beside it');

/** A task with an input and a file, on offer. */
function offerWithInput({ coordinator }: UnderTest) {
  const spec = {
    input: coordinator.upload(INPUT),
    files: [{ path: 'data.txt', blob: coordinator.upload(FILE) }],
  };
  const [lease] = coordinator.offer(1, spec);
  if (lease === undefined) throw new Error('nothing was offered');
  return lease;
}

describe('the passport of a task', () => {
  it('says of a running one whose program it is, and what was fetched for it', async () => {
    const made = make();
    const lease = offerWithInput(made);
    await made.start();
    expect(made.state().slots[0]?.passport).toEqual({
      module: blobHashOf(Buffer.from('a module')),
      moduleKind: 'stepped',
      publisher: lease.publisher,
      startedAt: made.clock.now(),
      peakMemoryBytes: null,
      memoryLimitBytes: lease.spec.limits.memoryBytes,
      bytesIn: MODULE_BYTES + INPUT.length + FILE.length,
      bytesFetched: MODULE_BYTES + INPUT.length + FILE.length,
      bytesOut: 0,
    });
  });

  it('is kept with its result: memory, bytes, fuel, time, outcome', async () => {
    const made = make();
    const lease = offerWithInput(made);
    await made.start();
    const startedAt = made.clock.now();
    await made.clock.advance(3000);
    made.workers.newest.finish(Buffer.from('an output'));
    await made.clock.advance(1000);
    expect(made.state().activity[0]).toMatchObject({
      attempt: lease.attempt,
      task: lease.task,
      result: { kind: 'completed' },
      fuel: '2000000000',
      passport: {
        publisher: lease.publisher,
        startedAt,
        peakMemoryBytes: 65_536,
        bytesOut: 'an output'.length,
      },
    });
  });

  it('counts only what came over the network for it, not what was here already', async () => {
    const made = make();
    made.coordinator.offer(1);
    await made.start();
    made.workers.newest.finish();
    await made.clock.advance(1000);
    offerWithInput(made);
    await made.clock.advance(1000);
    expect(made.state().slots[0]?.passport).toMatchObject({
      bytesIn: MODULE_BYTES + INPUT.length + FILE.length,
      bytesFetched: INPUT.length + FILE.length,
    });
  });

  it('is kept of one that was cancelled, with the work that was lost', async () => {
    const made = make();
    const lease = offerWithInput(made);
    await made.start();
    made.workers.newest.progress(400);
    expect(made.state().slots[0]?.passport.peakMemoryBytes).toBe(400 * 65_536);
    made.coordinator.cancel(lease.attempt);
    await made.clock.advance(1000);
    expect(made.state().activity).toMatchObject([
      {
        attempt: lease.attempt,
        result: { kind: 'lost', reason: 'The requester cancelled the job.' },
        fuel: '400000',
        passport: { publisher: lease.publisher, peakMemoryBytes: 400 * 65_536, bytesOut: 0 },
      },
    ]);
  });

  it('is kept of one that failed on this device, with the reason', async () => {
    const made = make();
    const lease = offerWithInput(made);
    await made.start();
    made.workers.newest.crash('the worker ended with SIGSEGV');
    await made.clock.advance(1000);
    expect(made.state().activity).toMatchObject([
      {
        attempt: lease.attempt,
        result: {
          kind: 'lost',
          reason: 'It failed on this computer: the worker ended with SIGSEGV',
        },
        passport: { module: lease.spec.module.hash, publisher: lease.publisher },
      },
    ]);
    expect(made.coordinator.returned).toMatchObject([{ attempt: lease.attempt, reason: 'failed_here' }]);
  });

  it('is kept of one that was lost because Lull was quit', async () => {
    const store = new FakeAgentStore();
    const made = make({ store });
    const lease = offerWithInput(made);
    await made.start();
    made.workers.newest.progress(400);
    await made.stop();
    expect(store.activity(9)).toMatchObject([
      {
        attempt: lease.attempt,
        result: { kind: 'lost', reason: 'Lull was quit before its work could be kept.' },
        passport: { publisher: lease.publisher },
      },
    ]);
  });

  it('stays with a result that the network refuses later', async () => {
    const made = make();
    made.coordinator.verdict = 'refused';
    offerWithInput(made);
    await made.start();
    made.workers.newest.finish(Buffer.from('an output'));
    await made.clock.advance(1000);
    expect(made.state().activity).toMatchObject([
      { result: { kind: 'lost' }, passport: { peakMemoryBytes: 65_536, bytesOut: 'an output'.length } },
    ]);
  });

  it('is read for as many attempts as are asked for, newest first', async () => {
    const made = make();
    await made.start();
    for (let round = 0; round < 3; round++) {
      made.coordinator.offer(1);
      await made.clock.advance(1000);
      made.workers.newest.finish();
      await made.clock.advance(1000);
    }
    const newest = made.state().activity.slice(0, 2);
    expect(newest).toHaveLength(2);
    expect(await made.agent.handle('activity', { limit: 2 })).toEqual({ items: newest });
    await expect(made.agent.handle('activity', { limit: 0 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('does not keep an attempt from going back when the disk is full', async () => {
    const made = make();
    const lease = offerWithInput(made);
    await made.start();
    made.store.full = true;
    made.workers.newest.crash('the worker ended with SIGSEGV');
    await made.clock.advance(1000);
    expect(made.state().slots).toEqual([]);
    expect(made.coordinator.returned).toMatchObject([{ attempt: lease.attempt, reason: 'failed_here' }]);
  });
});
