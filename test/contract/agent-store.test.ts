// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AGENT_SCHEMA_VERSION } from '../../agent/adapters/agent-migrations.ts';
import { openSqliteAgentStore } from '../../agent/adapters/sqlite-agent-store.ts';
import type { AgentStore } from '../../agent/ports.ts';
import type { ActivityItem } from '../../protocol/agent-state.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import { accountIdSchema } from '../../protocol/ids.ts';
import { blobHashSchema } from '../../protocol/ids.ts';
import { FakeAgentStore } from '../support/fake-agent-store.ts';
import { FakeCoordinator } from '../support/fake-coordinator.ts';
import { isAlive, ROOT, TestProcess } from '../support/processes.ts';
import { samplePassport } from '../support/sample-state.ts';
import {
  attemptNumber,
  receiptNumber,
  sampleHead,
  sampleKey,
  sampleOutboxItem,
  sampleProof,
  sampleReceipt,
  taskNumber,
} from '../support/sample-work.ts';
import { TestClock } from '../support/test-clock.ts';

let folder: string;
let path: string;
const opened: AgentStore[] = [];
const open = (): AgentStore => {
  const store = openSqliteAgentStore(path);
  opened.push(store);
  return store;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-agent-store-'));
  path = join(folder, 'agent.db');
});

afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

const activity = (n: number, at: number): ActivityItem => ({
  attempt: attemptNumber(n),
  at,
  task: taskNumber(n),
  jobName: 'earthquakes',
  result: { kind: 'completed' },
  fuel: '5',
  cpuMs: 2.5,
});

describe.each([
  ['the fake', (): AgentStore => new FakeAgentStore()],
  ['SQLite', open],
])('the agent store on %s', (_name, make) => {
  it('keeps leases, oldest first, each once, until they are released', () => {
    const store = make();
    const leases = new FakeCoordinator(new TestClock()).offer(3);
    for (const lease of [...leases, ...leases]) store.holdLease(lease);
    expect(store.heldLeases()).toEqual(leases);
    const [first, second, third] = leases;
    if (second !== undefined) store.releaseLease(second.attempt);
    store.releaseLease(attemptNumber(99));
    expect(store.heldLeases()).toEqual([first, third]);
  });

  it('adds up the energy of each day, by currency', () => {
    const store = make();
    const some = { currency: 'EUR', runningMs: 1000, joules: 50, co2Grams: 0.5 };
    store.addEnergy({ ...some, day: 200, cost: null });
    store.addEnergy({ ...some, day: 100, cost: 0.25 });
    store.addEnergy({ ...some, day: 100, cost: null });
    store.addEnergy({ ...some, day: 100, cost: 0.5 });
    store.addEnergy({ ...some, day: 100, currency: 'USD', cost: 1 });
    expect(store.energySince(100)).toEqual([
      { day: 100, currency: 'EUR', runningMs: 3000, joules: 150, cost: 0.75, co2Grams: 1.5 },
      { ...some, day: 100, currency: 'USD', cost: 1 },
      { ...some, day: 200, cost: null },
    ]);
    expect(store.energySince(101)).toHaveLength(1);
  });

  it('adds up what was sent and received on each day', () => {
    const store = make();
    expect(store.trafficOf(5)).toEqual({ sent: 0, received: 0 });
    store.addTraffic(5, { sent: 10, received: 5_000_000_000 });
    store.addTraffic(5, { sent: 1, received: 0 });
    store.addTraffic(6, { sent: 7, received: 7 });
    expect(store.trafficOf(5)).toEqual({ sent: 11, received: 5_000_000_000 });
  });

  it('gives the outbox back oldest first, whole, until an item is removed', () => {
    const store = make();
    for (const n of [3, 1, 2]) store.addToOutbox(sampleOutboxItem(n));
    expect(store.outboxAttempts()).toEqual([3, 1, 2].map(attemptNumber));
    const item = store.outboxItem(attemptNumber(1));
    expect(item).toMatchObject({
      attempt: attemptNumber(1),
      jobName: 'earthquakes',
      report: sampleOutboxItem(1).report,
    });
    expect(Buffer.from(item?.output ?? []).toString()).toBe('output 1');
    store.removeFromOutbox(attemptNumber(1));
    expect(store.outboxAttempts()).toEqual([3, 2].map(attemptNumber));
    expect(store.outboxItem(attemptNumber(1))).toBeUndefined();
  });

  it('remembers by which programs a module was proved last, and nothing of other modules', () => {
    const store = make();
    const [one, other] = ['a', 'b'].map((digit) => blobHashSchema.parse(digit.repeat(64)));
    if (one === undefined || other === undefined) throw new Error('no hashes');
    store.keepProof(one, 'meter 1, checker 1');
    expect(store.provedBy(one)).toBe('meter 1, checker 1');
    expect(store.provedBy(other)).toBeUndefined();
    store.keepProof(one, 'meter 2, checker 1');
    expect(store.provedBy(one)).toBe('meter 2, checker 1');
  });

  it('keeps the first result of an attempt that comes twice', () => {
    const store = make();
    store.addToOutbox(sampleOutboxItem(1, Buffer.from('first')));
    store.addToOutbox(sampleOutboxItem(1, Buffer.from('second')));
    expect(store.outboxAttempts()).toHaveLength(1);
    expect(Buffer.from(store.outboxItem(attemptNumber(1))?.output ?? []).toString()).toBe('first');
  });

  it('keeps an empty output', () => {
    const store = make();
    store.addToOutbox(sampleOutboxItem(1, new Uint8Array()));
    expect(store.outboxItem(attemptNumber(1))?.output).toHaveLength(0);
  });

  it('lists receipts newest first, and which of them were verified', () => {
    const store = make();
    for (const n of [1, 2, 3]) store.addReceipt(n, sampleReceipt(n, 10n));
    store.addReceipt(2, sampleReceipt(2, 10n));
    store.setProof(receiptNumber(2), sampleProof(sampleReceipt(2, 10n)));
    expect(store.receiptCount()).toBe(3);
    expect(store.receiptsSeen()).toBe(3);
    expect(store.receipts(2).map(({ id, verified }) => [id, verified])).toEqual([
      [receiptNumber(3), false],
      [receiptNumber(2), true],
    ]);
    expect(store.unverifiedReceipts(5).map(({ statement }) => statement.id)).toEqual([
      receiptNumber(1),
      receiptNumber(3),
    ]);
    expect(store.unverifiedReceipts(1)).toHaveLength(1);
    expect(store.proof(receiptNumber(2))?.receipt.statement.id).toBe(receiptNumber(2));
    expect(store.proof(receiptNumber(1))).toBeUndefined();
    expect(store.proof(receiptNumber(9))).toBeUndefined();
  });

  it('sums verified receipts exactly, though they are larger than 64 bits', () => {
    const store = make();
    const amounts = [10n ** 27n + 7n, 3n, 2n ** 70n, 5n];
    for (const [n, amount] of amounts.entries()) {
      const receipt = sampleReceipt(n, amount, 1000 + n);
      store.addReceipt(n + 1, receipt);
      if (n !== 3) store.setProof(receiptNumber(n), sampleProof(receipt));
    }
    expect(store.earnedSince(0)).toBe(10n ** 27n + 7n + 3n + 2n ** 70n);
    expect(store.earnedSince(1002)).toBe(2n ** 70n);
    expect(store.earnedSince(1003)).toBe(0n);
  });

  it('remembers the last head, when it was checked, and the key of the network', () => {
    const store = make();
    expect(store.lastHead()).toBeUndefined();
    expect(store.lastHeadCheckedAt()).toBeUndefined();
    expect(store.networkKey()).toBeUndefined();
    const head = sampleHead(4);
    store.setLastHead(sampleHead(1), 1);
    store.setLastHead(head, 77);
    store.setNetworkKey(sampleKey);
    expect(store.lastHead()).toEqual(head);
    expect(store.lastHeadCheckedAt()).toBe(77);
    expect(store.networkKey()).toBe(sampleKey);
  });

  it('keeps evidence', () => {
    const store = make();
    expect(store.evidenceCount()).toBe(0);
    store.keepEvidence(sampleHead(3), sampleHead(2), 9);
    expect(store.evidenceCount()).toBe(1);
  });

  it('keeps the passport of an attempt, and finds it by its attempt', () => {
    const store = make();
    const passport = samplePassport({ bytesOut: 42, peakMemoryBytes: null });
    store.addActivity({ ...activity(1, 1), passport });
    store.addActivity(activity(2, 2));
    expect(store.activityOf(attemptNumber(1))).toEqual({ ...activity(1, 1), passport });
    expect(store.activity(9)).toEqual([activity(2, 2), { ...activity(1, 1), passport }]);
    expect(store.activityOf(attemptNumber(3))).toBeUndefined();
  });

  it('keeps the faults of each module until they are cleared, the newest first', () => {
    const store = make();
    const [one, other] = [blobHashOf(Buffer.from('one')), blobHashOf(Buffer.from('other'))];
    const faults = {
      jobName: 'words',
      publisher: accountIdSchema.parse(sampleKey),
      reason: 'it fell silent',
      faults: 1,
      software: 'lull 0.1.0',
    };
    store.setModuleFaults({ ...faults, module: one, at: 1 });
    store.setModuleFaults({ ...faults, module: other, at: 2 });
    const third = { ...faults, module: one, at: 3, faults: 3, reason: 'it took too much memory' };
    store.setModuleFaults(third);
    expect(store.moduleFaults()).toEqual([third, { ...faults, module: other, at: 2 }]);
    store.clearModuleFaults(other);
    store.clearModuleFaults(other);
    expect(store.moduleFaults()).toEqual([third]);
  });

  it('shows the newest activity first, one item per attempt', () => {
    const store = make();
    for (const n of [1, 2, 3]) store.addActivity(activity(n, n));
    store.addActivity({ ...activity(1, 9), result: { kind: 'lost', reason: 'The lease ran out.' } });
    const items = store.activity(2);
    expect(items.map(({ task }) => task)).toEqual([taskNumber(1), taskNumber(3)]);
    expect(items[0]?.result).toEqual({ kind: 'lost', reason: 'The lease ran out.' });
    expect(store.activity(9)).toHaveLength(3);
  });

  it('may be closed twice', () => {
    const store = make();
    store.close();
    store.close();
  });
});

describe('the agent store on SQLite', () => {
  it('finds everything again after it was closed', () => {
    const first = open();
    first.addToOutbox(sampleOutboxItem(1));
    first.addReceipt(1, sampleReceipt(1, 5n));
    first.setLastHead(sampleHead(2), 3);
    first.addActivity(activity(1, 1));
    first.close();
    const second = open();
    expect(second.outboxAttempts()).toEqual([attemptNumber(1)]);
    expect(second.receiptsSeen()).toBe(1);
    expect(second.lastHead()).toEqual(sampleHead(2));
    expect(second.activity(5)).toHaveLength(1);
  });

  it('writes durably: a write-ahead log that is synced at every commit', () => {
    const store = open();
    store.addToOutbox(sampleOutboxItem(1));
    const db = new DatabaseSync(path);
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    db.close();
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  });

  it('keeps what was added before SIGKILL', async () => {
    const child = new TestProcess('a writer', process.execPath, [
      '--input-type=module',
      '-e',
      `import { openSqliteAgentStore } from '${ROOT}/agent/adapters/sqlite-agent-store.ts';
       import { sampleOutboxItem } from '${ROOT}/test/support/sample-work.ts';
       const store = openSqliteAgentStore(${JSON.stringify(path)});
       for (let n = 0; n < 20; n++) store.addToOutbox(sampleOutboxItem(n));
       console.log('written');
       setInterval(() => undefined, 1000);`,
    ]);
    await child.prints(/written/);
    await child.kill();
    expect(isAlive(child.pid)).toBe(false);
    expect(open().outboxAttempts()).toHaveLength(20);
  });

  it('refuses a database of a newer Lull by name, and leaves it alone', () => {
    const store = open();
    store.addToOutbox(sampleOutboxItem(1));
    store.close();
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA user_version = ${AGENT_SCHEMA_VERSION + 1}`);
    db.close();
    expect(() => openSqliteAgentStore(path)).toThrow(
      expect.objectContaining({
        code: 'database_too_new',
        message: expect.stringContaining('newer Lull') as string,
      }),
    );
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT count(*) AS n FROM outbox').get()).toEqual({ n: 1 });
    after.close();
  });

  it('says of a file that is no database what to do with it', () => {
    execFileSync('sh', ['-c', `head -c 8192 /dev/urandom > '${path}'`]);
    expect(() => openSqliteAgentStore(path)).toThrow(/damaged: move it away/);
  });

  it('says that the disk is full, keeps what was there, and writes again when there is room', (context) => {
    // A file system of its own, small enough to be filled, in a namespace that needs no rights.
    const script = `
      import { writeFileSync, rmSync } from 'node:fs';
      import { openSqliteAgentStore } from '${ROOT}/agent/adapters/sqlite-agent-store.ts';
      import { sampleOutboxItem } from '${ROOT}/test/support/sample-work.ts';
      writeFileSync('${folder}/photos', new Uint8Array(300_000));
      const store = openSqliteAgentStore('${folder}/agent.db');
      const large = new Uint8Array(100_000);
      store.addToOutbox(sampleOutboxItem(1));
      let code;
      try { for (let n = 2; n < 50; n++) store.addToOutbox(sampleOutboxItem(n, large)); } catch (error) { code = error.code; }
      const kept = store.outboxAttempts();
      rmSync('${folder}/photos');
      store.addToOutbox(sampleOutboxItem(99, large));
      const same = JSON.stringify(store.outboxAttempts()) === JSON.stringify([...kept, sampleOutboxItem(99).attempt]);
      console.log(JSON.stringify({ code, first: kept[0], same }));`;
    const mount = `mount -t tmpfs -o size=1m lull '${folder}' && exec "$0" --input-type=module -e "$1"`;
    try {
      execFileSync('unshare', ['-rm', 'sh', '-c', `mount -t tmpfs -o size=1m lull '${folder}'`], {
        stdio: 'ignore',
      });
    } catch {
      return context.skip('this computer lets nobody mount a file system of his own (unshare -rm)');
    }
    const printed = execFileSync('unshare', ['-rm', 'sh', '-c', mount, process.execPath, script], {
      encoding: 'utf8',
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(JSON.parse(printed)).toEqual({
      code: 'disk_full',
      first: attemptNumber(1),
      same: true,
    });
  });
});
