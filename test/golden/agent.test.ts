// SPDX-License-Identifier: MIT
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConfSettingsStore } from '../../agent/adapters/conf-settings-store.ts';
import { openKeychain } from '../../agent/adapters/open-keychain.ts';
import { openSqliteAgentStore } from '../../agent/adapters/sqlite-agent-store.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import { blobHashSchema } from '../../protocol/ids.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { SETTINGS_VERSION } from '../../protocol/settings-migrations.ts';
import { attemptNumber, receiptNumber, taskNumber } from '../support/sample-work.ts';

// What version 1 wrote. These files are never changed: what they hold must be readable for ever.
const golden = (name: string): string => join(import.meta.dirname, 'agent', name);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-golden-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('what earlier versions of the agent wrote', () => {
  it('is kept here of every version of the settings but this one', () => {
    for (let version = 1; version < SETTINGS_VERSION; version++) {
      copyFileSync(golden(`settings-v${version}.json`), join(folder, 'settings.json'));
      const store = new ConfSettingsStore(folder);
      const { settings, bad } = store.load();
      expect(bad).toEqual([]);
      store.save(settings);
      const file: unknown = JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'));
      expect(file).toEqual({ settingsVersion: SETTINGS_VERSION, ...settings });
    }
  });

  it('is still what version 4 held: leases, faults and proofs; its energy begins at nothing', () => {
    const path = join(folder, 'agent.db');
    const db = new DatabaseSync(path);
    db.exec(readFileSync(golden('agent-v4.sql'), 'utf8'));
    db.close();
    const store = openSqliteAgentStore(path);
    expect(store.outboxAttempts()).toHaveLength(2);
    expect(store.heldLeases().map(({ attempt }) => attempt)).toEqual([attemptNumber(0)]);
    expect(store.moduleFaults()).toMatchObject([{ jobName: 'primes', faults: 3 }]);
    expect(store.provedBy(blobHashSchema.parse('b'.repeat(64)))).toBe('checker 1');
    expect(store.energySince(0)).toEqual([]);
    expect(store.trafficOf(0)).toEqual({ sent: 0, received: 0 });
    store.addEnergy({ day: 0, currency: 'EUR', runningMs: 1, joules: 2, cost: null, co2Grams: 3 });
    expect(store.energySince(0)).toHaveLength(1);
    store.close();
  });
});

describe('what version 1 of the agent wrote', () => {
  it('is still its memory: outbox, receipts, proofs, head, evidence, activity', () => {
    const path = join(folder, 'agent.db');
    const db = new DatabaseSync(path);
    db.exec(readFileSync(golden('agent-v1.sql'), 'utf8'));
    db.close();
    const store = openSqliteAgentStore(path);
    expect(store.outboxAttempts()).toEqual([attemptNumber(1), attemptNumber(2)]);
    expect(Buffer.from(store.outboxItem(attemptNumber(1))?.output ?? []).toString()).toBe('output 1');
    expect(store.outboxItem(attemptNumber(2))?.output).toHaveLength(0);
    expect(store.earnedSince(0)).toBe(10n ** 27n + 7n);
    expect(store.receipts(9).map(({ id, verified }) => [id, verified])).toEqual([
      [receiptNumber(2), false],
      [receiptNumber(1), true],
    ]);
    expect(store.proof(receiptNumber(1))?.entry.kind).toBe('pay');
    expect(store.lastHead()?.head.size).toBe(4);
    expect(store.lastHeadCheckedAt()).toBe(77);
    expect(store.networkKey()).toHaveLength(43);
    expect(store.evidenceCount()).toBe(1);
    expect(store.activity(9)).toMatchObject([
      { attempt: attemptNumber(2), task: taskNumber(2), result: { kind: 'lost', reason: 'The lease ran out.' } },
      { attempt: attemptNumber(1), task: taskNumber(1), fuel: '5', cpuMs: 2.5 },
    ]);
    // Their passports were not recorded then, and are not made up now.
    expect(store.activity(9).map(({ passport }) => passport)).toEqual([undefined, undefined]);
    store.close();
  });

  it('is still its settings: one limit of memory became one for each profile', () => {
    copyFileSync(golden('settings-v1.json'), join(folder, 'settings.json'));
    expect(new ConfSettingsStore(folder).load()).toMatchObject({
      bad: [],
      settings: {
        consentGivenAt: 1795000000000,
        awayCpuPercent: 70,
        inUseCpuPercent: 5,
        idleMinutes: 12,
        theme: 'dark',
        pausedUntil: 'resumed',
        awayMemoryPercent: 25,
        inUseMemoryPercent: 25,
      },
    });
  });

  it.each([
    ['keys-v1-plain.json', undefined],
    ['keys-v1-encrypted.json', 'golden passphrase'],
  ])('is still its keys: %s', async (name, passphrase) => {
    copyFileSync(golden(name), join(folder, 'keys.json'));
    const keychain = await openKeychain({ dataFolder: folder, clock: systemClock, logger: silentLogger, passphrase });
    expect(await keychain.get('device')).toBe('golden-device-seed');
    expect(await keychain.get('account')).toBe('golden-account-seed');
  });
});
