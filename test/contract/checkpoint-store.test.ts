// SPDX-License-Identifier: MIT
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openDiskCheckpointStore } from '../../agent/adapters/disk-checkpoint-store.ts';
import type { CheckpointStore } from '../../agent/ports.ts';
import { FakeCheckpointStore } from '../support/fake-checkpoint-store.ts';
import { attemptNumber } from '../support/sample-work.ts';

const [ONE, TWO] = [attemptNumber(1), attemptNumber(2)];
let folder: string;
let free = 1e12;
let limits = { mostBytes: 1e9, keepFreeBytes: 0 };

const openDisk = (): Promise<CheckpointStore> =>
  openDiskCheckpointStore({ folder, limits: () => limits, freeBytes: () => Promise.resolve(free) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-checkpoints-'));
  free = 1e12;
  limits = { mostBytes: 1e9, keepFreeBytes: 0 };
});
afterEach(() => rmSync(folder, { recursive: true }));

async function save(
  store: CheckpointStore,
  kind: 'base' | 'delta',
  text: string,
  savedAt = 7,
  attempt = ONE,
): Promise<void> {
  const draft = await store.draft(attempt, kind);
  for (const letter of text) await draft.write(Buffer.from(letter));
  await draft.commit({ cpuMs: 10 * savedAt, savedAt });
}
const texts = async (store: CheckpointStore, attempt = ONE): Promise<string[] | undefined> =>
  (await store.load(attempt))?.files.map((bytes) => Buffer.from(bytes).toString());

describe.each([
  ['a fake', () => Promise.resolve<CheckpointStore>(new FakeCheckpointStore())],
  ['a disk', openDisk],
])('a checkpoint store on %s', (_, make) => {
  test('gives back a base with the deltas after it, and when the last one was made', async () => {
    const store = await make();
    expect(await store.load(ONE)).toBeUndefined();
    await save(store, 'base', 'base', 1);
    await save(store, 'delta', 'one', 2);
    await save(store, 'delta', 'two', 3);
    expect(await texts(store)).toEqual(['base', 'one', 'two']);
    expect(await store.load(ONE)).toMatchObject({ cpuMs: 30, savedAt: 3 });
    expect(store.size(ONE)).toBe(10);
  });

  test('puts a new base in the place of everything before it', async () => {
    const store = await make();
    for (const [kind, text] of [
      ['base', 'old'],
      ['delta', 'older'],
      ['base', 'new'],
      ['delta', '!'],
    ] as const)
      await save(store, kind, text);
    expect(await texts(store)).toEqual(['new', '!']);
    expect(store.size(ONE)).toBe(4);
  });

  test('keeps the last checkpoint while another is written, and when that one is given up', async () => {
    const store = await make();
    await save(store, 'base', 'kept');
    const draft = await store.draft(ONE, 'base');
    await draft.write(Buffer.from('half'));
    expect(await texts(store)).toEqual(['kept']);
    await draft.discard();
    expect(await texts(store)).toEqual(['kept']);
  });

  test('keeps attempts apart, and forgets what it is told to', async () => {
    const store = await make();
    await save(store, 'base', 'one');
    await save(store, 'base', 'two', 7, TWO);
    await store.forget(ONE);
    expect([await texts(store), await texts(store, TWO)]).toEqual([undefined, ['two']]);
    await save(store, 'base', 'again');
    await store.sweep([ONE]);
    expect([await texts(store), await texts(store, TWO)]).toEqual([['again'], undefined]);
    expect(store.size(TWO)).toBe(0);
  });
});

describe('a checkpoint store on a disk', () => {
  const path = (name: string): string => join(folder, ONE, name);

  test('finds its checkpoints after a restart, and clears away what was half done', async () => {
    const first = await openDisk();
    await save(first, 'base', 'base');
    const half = await first.draft(ONE, 'delta');
    await half.write(Buffer.from('half'));
    writeFileSync(path('manifest.json.part'), 'half');
    writeFileSync(path('9.delta'), 'renamed, but in no manifest yet');
    writeFileSync(join(folder, 'stranger'), 'a file');
    const second = await openDisk();
    expect(await texts(second)).toEqual(['base']);
    expect(readdirSync(join(folder, ONE)).sort()).toEqual(['1.base', 'manifest.json']);
    expect(readdirSync(folder)).toEqual([ONE]);
    await half.discard();
  });

  test('uses what lies before a damaged, cut or missing file', async () => {
    const damages: ((name: string) => void)[] = [
      (name) => writeFileSync(path(name), 'twO'),
      (name) => truncateSync(path(name), 1),
      (name) => rmSync(path(name)),
    ];
    for (const damage of damages) {
      const store = await openDisk();
      await save(store, 'base', 'base', 1);
      await save(store, 'delta', 'one', 2);
      await save(store, 'delta', 'two', 3);
      damage(
        readdirSync(join(folder, ONE))
          .filter((name) => name.endsWith('.delta'))
          .sort()
          .at(-1) ?? '',
      );
      expect(await texts(await openDisk())).toEqual(['base', 'one']);
      expect(await store.load(ONE)).toMatchObject({ cpuMs: 20, savedAt: 2 });
      await store.forget(ONE);
    }
  });

  test('has nothing when the base or the manifest is damaged, and goes on being of use', async () => {
    const store = await openDisk();
    await save(store, 'base', 'base');
    await save(store, 'delta', 'one');
    writeFileSync(path('1.base'), 'base?');
    expect(await texts(store)).toBeUndefined();
    expect(existsSync(join(folder, ONE))).toBe(false);
    await save(store, 'base', 'new');
    const manifest = readFileSync(path('manifest.json'), 'utf8');
    for (const bad of ['', manifest.slice(0, -1), manifest.replace('1.base', '../../1.base')]) {
      writeFileSync(path('manifest.json'), bad);
      expect(await texts(await openDisk())).toBeUndefined();
      await save(store, 'base', 'new');
    }
    expect(await texts(store)).toEqual(['new']);
  });

  test('writes nothing beyond what it may have, or that would leave too little free', async () => {
    const store = await openDisk();
    limits = { mostBytes: 6, keepFreeBytes: 0 };
    await save(store, 'base', 'base');
    await expect(save(store, 'delta', 'one')).rejects.toMatchObject({ code: 'disk_full' });
    limits = { mostBytes: 1e9, keepFreeBytes: 1000 };
    free = 1002;
    await expect(save(store, 'delta', 'one')).rejects.toMatchObject({ code: 'disk_full' });
    expect(await texts(store)).toEqual(['base']);
  });
});
