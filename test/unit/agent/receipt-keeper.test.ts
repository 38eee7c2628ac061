// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from 'vitest';

import type { ResultReport } from '../../../protocol/coordinator-api.ts';
import { LullError } from '../../../protocol/errors.ts';
import { newSeed, signingKeyFromSeed } from '../../../protocol/signatures.ts';
import { agentUnderTest } from '../../support/agent-under-test.ts';
import { FakeAgentStore } from '../../support/fake-agent-store.ts';
import { MerkleLog } from '../../support/merkle-log.ts';

type UnderTest = ReturnType<typeof agentUnderTest>;

const running: UnderTest[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

/** An agent that has earned from so many tasks, and checked it all. */
async function earned(count: number, store = new FakeAgentStore()) {
  const made = agentUnderTest({ store });
  running.push(made);
  await made.start();
  for (let n = 0; n < count; n++) {
    made.coordinator.offer(1);
    await made.clock.advance(500);
    made.workers.newest.finish(Buffer.from(`result ${n}`));
    await made.clock.advance(500);
  }
  expect(made.state().ledger).toMatchObject({ size: count, trusted: true });
  return { ...made, store };
}

const distrusts = ({ state, reasons }: UnderTest, why: string): void => {
  expect(state()).toMatchObject({ overall: 'needs_you', ledger: { trusted: false }, decision: { slots: 0 } });
  expect(reasons()[0]).toBe('ledger_contradiction');
  expect(state().problems.find(({ code }) => code === 'ledger_contradiction')?.message).toContain(why);
};

describe('an agent whose network is honest', () => {
  it('follows a growing log from head to head, and asks for no proof twice', async () => {
    const agent = await earned(5);
    expect(agent.store.receipts(9).every(({ verified }) => verified)).toBe(true);
    expect(agent.coordinator.count('ledgerInclusion')).toBe(5);
    expect(agent.state().ledger.checkedAt).toBeGreaterThan(0);
  });

  it('checks the log every ten minutes though it earns nothing', async () => {
    const { coordinator, clock, state } = await earned(1);
    const before = coordinator.count('ledgerHead');
    await clock.advance(10 * 60_000 + 1000);
    expect(coordinator.count('ledgerHead')).toBeGreaterThan(before);
    expect(state().ledger.trusted).toBe(true);
  });

  it('takes an older head, as one of several coordinators may still send it, for no contradiction', async () => {
    const { coordinator, clock, state } = await earned(3);
    const shorter = new MerkleLog(coordinator.key);
    shorter.entries.push(...coordinator.log.entries.slice(0, 2));
    const late = await shorter.head(1);
    const { head } = coordinator.log;
    coordinator.log.head = () => Promise.resolve(late);
    await clock.advance(11 * 60_000);
    expect(state().ledger).toMatchObject({ size: 3, trusted: true });
    coordinator.log.head = head;
  });

  it('checks a receipt that is older than the head that it first saw as soon as the head has it', async () => {
    const { coordinator, clock, store, workers, state } = await earned(1);
    const stale = await coordinator.log.head(clock.now());
    const { head } = coordinator.log;
    coordinator.log.head = () => Promise.resolve(stale);
    coordinator.offer(1);
    await clock.advance(500);
    workers.newest.finish();
    await clock.advance(2000);
    expect(store.receipts(1)[0]?.verified).toBe(false);
    expect(state().earnings.lifetime).toBe('1000');
    expect(coordinator.count('ledgerInclusion')).toBe(1);
    coordinator.log.head = head.bind(coordinator.log);
    await clock.advance(30_000);
    expect(state().earnings.lifetime).toBe('2000');
  });

  it('tries again when the network fails while it is asked', async () => {
    const { coordinator, clock, workers, state } = await earned(1);
    const broken = (): LullError => new LullError('internal', 'Something failed.');
    coordinator.failures.set('ledgerHead', [broken(), broken()]);
    coordinator.failures.set('ledgerConsistency', [broken()]);
    coordinator.failures.set('ledgerInclusion', [broken()]);
    coordinator.offer(1);
    await clock.advance(500);
    workers.newest.finish();
    await clock.advance(20_000);
    expect(state()).toMatchObject({ earnings: { lifetime: '2000' }, ledger: { size: 2, trusted: true } });
  });
});

describe('an agent whose network cheats', () => {
  it('keeps both heads when history was rewritten, runs nothing more, and says so after a restart too', async () => {
    const agent = await earned(2);
    const { coordinator, clock, store, workers } = agent;
    const first = coordinator.log.entries[0];
    if (first !== undefined) coordinator.log.entries[0] = { ...first, at: first.at + 1 };
    coordinator.offer(3);
    await clock.advance(500);
    workers.newest.finish();
    await clock.advance(2000);
    distrusts(agent, 'it has rewritten its ledger');
    expect(agent.state().slots).toEqual([]);
    expect(workers.tasks.filter((task) => task.stopped)).toHaveLength(2);
    expect(store.evidence).toHaveLength(1);
    expect(store.evidence[0]?.older.head.size).toBe(2);
    const calls = coordinator.calls.length;
    await clock.advance(30_000);
    expect(coordinator.calls.length).toBe(calls);

    const again = agentUnderTest({ store, identity: agent.identity });
    running.push(again);
    await again.start();
    await again.clock.advance(30_000);
    distrusts(again, 'it has rewritten its ledger');
    expect(again.coordinator.calls).toEqual([]);
  });

  it('does not believe two logs of the same length', async () => {
    const agent = await earned(2);
    const last = agent.coordinator.log.entries[1];
    if (last !== undefined) agent.coordinator.log.entries[1] = { ...last, at: last.at + 1 };
    await agent.clock.advance(11 * 60_000);
    distrusts(agent, 'it has rewritten its ledger');
  });

  it('does not believe a log that has become shorter', async () => {
    const agent = await earned(3);
    agent.coordinator.log.entries.pop();
    await agent.clock.advance(11 * 60_000);
    distrusts(agent, 'its ledger has become shorter');
    expect(agent.store.evidence).toHaveLength(1);
  });

  it('does not believe a head that the network has not signed', async () => {
    const agent = await earned(1);
    const { coordinator } = agent;
    coordinator.log = new MerkleLog(signingKeyFromSeed(newSeed()));
    await agent.clock.advance(11 * 60_000);
    distrusts(agent, 'a tree head that it has not signed');
  });

  const paid = async (change: (agent: UnderTest, report: ResultReport) => void): Promise<UnderTest> => {
    const agent = await earned(1);
    const report = [...agent.coordinator.reports.values()][0] as ResultReport;
    change(agent, report);
    agent.coordinator.tell();
    await agent.clock.advance(5000);
    return agent;
  };

  it('does not believe a receipt that the network has not signed', async () => {
    const agent = await paid(({ coordinator }, report) => {
      const [lease] = coordinator.offer(1);
      coordinator.waiting.length = 0;
      if (lease !== undefined) coordinator.pay(lease, report);
      const forged = coordinator.receipts[1];
      if (forged !== undefined)
        coordinator.receipts[1] = { ...forged, statement: { ...forged.statement, amount: '9' } };
    });
    distrusts(agent, 'a receipt that it has not signed');
    expect(agent.store.receiptCount()).toBe(1);
  });

  it('does not believe a receipt that is for somebody else', async () => {
    const agent = await paid(({ coordinator }, report) => {
      const [lease] = coordinator.offer(1);
      coordinator.waiting.length = 0;
      const account = signingKeyFromSeed(newSeed()).publicKey as never;
      if (lease !== undefined) coordinator.pay(lease, report, { account });
    });
    distrusts(agent, 'a receipt that is for somebody else');
  });

  it.each([
    ['says more than its entry pays', { amount: '2000' }],
    ['points at another entry', { leafIndex: 0 }],
  ])('does not believe a signed receipt that %s', async (_what, change) => {
    const agent = await paid(({ coordinator }, report) => {
      const [lease] = coordinator.offer(1);
      coordinator.waiting.length = 0;
      if (lease !== undefined) coordinator.pay(lease, report, change);
    });
    distrusts(agent, 'a receipt that it signed is not in its ledger');
    expect(agent.state().earnings.lifetime).toBe('1000');
  });
});
