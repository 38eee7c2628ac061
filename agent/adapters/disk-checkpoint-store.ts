// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { LullError } from '../../protocol/errors.ts';
import { sha256 } from '../../protocol/hashes.ts';
import { type AttemptId, attemptIdSchema } from '../../protocol/ids.ts';
import type { Checkpoint, CheckpointDraft, CheckpointStore, SnapshotKind } from '../ports.ts';
import { errnoOf, fromDisk } from './disk-errors.ts';

/*
 * A folder per attempt: manifest.json names the snapshot files that make its checkpoint, in order and with their
 * hashes. The manifest is replaced in one step, and only after the file that it names anew is on the disk.
 */

const MANIFEST = 'manifest.json';
const PART = '.part';
/** Systems where a folder cannot be opened to be synced write its entries by themselves. */
const NO_FOLDER_SYNC = new Set(['EISDIR', 'EPERM', 'EACCES', 'EINVAL']);

const fileSchema = z.strictObject({
  name: z.string().regex(/^\d{1,15}\.(base|delta)$/),
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  cpuMs: z.number().nonnegative(),
  savedAt: z.int(),
});
type KeptFile = z.infer<typeof fileSchema>;
const manifestSchema = z.strictObject({ version: z.literal(1), files: z.array(fileSchema).min(1).max(1000) });

interface CheckpointStoreParts {
  readonly folder: string;
  /** asked at each piece, so that a changed setting counts at once */
  readonly limits: () => {
    /** the most that checkpoints may take, bytes */
    readonly mostBytes: number;
    /** nothing is written when less than this would be left free, bytes */
    readonly keepFreeBytes: number;
  };
  /** free space where the folder is, bytes; of the file system when absent */
  readonly freeBytes?: () => Promise<number>;
}

/** Checkpoints as files, found again after a restart; what a crash left half done is thrown away. */
export async function openDiskCheckpointStore(parts: CheckpointStoreParts): Promise<CheckpointStore> {
  await mkdir(parts.folder, { recursive: true, mode: 0o700 });
  const kept = new Map<AttemptId, readonly KeptFile[]>();
  for (const name of await readdir(parts.folder)) {
    const attempt = attemptIdSchema.safeParse(name);
    const files = attempt.success ? await readManifest(join(parts.folder, name)) : undefined;
    if (attempt.success && files !== undefined) kept.set(attempt.data, files);
    else await rm(join(parts.folder, name), { recursive: true, force: true });
  }
  return new DiskCheckpointStore(parts, kept);
}

/** Also clears away what no manifest names. @returns undefined when there is none, or a damaged one */
async function readManifest(folder: string): Promise<readonly KeptFile[] | undefined> {
  let manifest: z.infer<typeof manifestSchema>;
  try {
    manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
  } catch {
    // Whatever is wrong with it: it names nothing that could be trusted.
    return undefined;
  }
  await keepOnly(folder, manifest.files);
  return manifest.files;
}

async function keepOnly(folder: string, files: readonly KeptFile[]): Promise<void> {
  const named = new Set([MANIFEST, ...files.map(({ name }) => name)]);
  for (const name of await readdir(folder))
    if (!named.has(name)) await rm(join(folder, name), { force: true });
}

class DiskCheckpointStore implements CheckpointStore {
  readonly #parts: CheckpointStoreParts;
  readonly #kept: Map<AttemptId, readonly KeptFile[]>;
  #drafts = 0;

  constructor(parts: CheckpointStoreParts, kept: Map<AttemptId, readonly KeptFile[]>) {
    this.#parts = parts;
    this.#kept = kept;
  }

  async load(attempt: AttemptId): Promise<Checkpoint | undefined> {
    const good: KeptFile[] = [];
    const files: Uint8Array[] = [];
    for (const file of this.#kept.get(attempt) ?? []) {
      const bytes = await readFile(join(this.#folderOf(attempt), file.name)).catch(() => undefined);
      if (bytes === undefined || sha256(bytes).toString('hex') !== file.sha256) break;
      good.push(file);
      files.push(bytes);
    }
    const last = good.at(-1);
    if (last !== undefined) return { files, cpuMs: last.cpuMs, savedAt: last.savedAt };
    await this.forget(attempt);
    return undefined;
  }

  size(attempt: AttemptId): number {
    return bytesOf(this.#kept.get(attempt) ?? []);
  }

  async draft(attempt: AttemptId, kind: SnapshotKind): Promise<CheckpointDraft> {
    const before = kind === 'base' ? [] : (this.#kept.get(attempt) ?? []);
    const folder = this.#folderOf(attempt);
    const number =
      Math.max(0, ...(this.#kept.get(attempt) ?? []).map(({ name }) => Number.parseInt(name, 10))) + 1;
    const name = `${number}.${kind}`;
    const part = join(folder, `${name}.${this.#drafts++}${PART}`);
    let file: FileHandle;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      file = await open(part, 'wx', 0o600);
    } catch (error) {
      throw fromDisk(error, this.#parts.folder);
    }
    const hash = createHash('sha256');
    let size = 0;
    return {
      write: (piece) =>
        this.#guard(async () => {
          await this.#refuseIfFull(size + piece.length);
          await file.writeFile(piece);
          hash.update(piece);
          size += piece.length;
        }),
      commit: ({ cpuMs, savedAt }) =>
        this.#guard(async () => {
          await file.sync();
          await file.close();
          await rename(part, join(folder, name));
          const kept = { name, size, sha256: hash.digest('hex'), cpuMs, savedAt };
          await this.#replaceManifest(attempt, [...before, kept]);
        }),
      discard: async () => {
        await file.close().catch(() => undefined);
        await rm(part, { force: true });
      },
    };
  }

  async forget(attempt: AttemptId): Promise<void> {
    this.#kept.delete(attempt);
    await rm(this.#folderOf(attempt), { recursive: true, force: true });
  }

  async sweep(keep: readonly AttemptId[]): Promise<void> {
    const kept = new Set<string>(keep);
    for (const attempt of [...this.#kept.keys()]) if (!kept.has(attempt)) await this.forget(attempt);
  }

  #folderOf(attempt: AttemptId): string {
    return join(this.#parts.folder, attempt);
  }

  async #replaceManifest(attempt: AttemptId, files: readonly KeptFile[]): Promise<void> {
    const folder = this.#folderOf(attempt);
    const part = join(folder, `${MANIFEST}${PART}`);
    const text = JSON.stringify({ version: 1, files });
    const file = await open(part, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, join(folder, MANIFEST));
    await syncFolder(folder);
    await syncFolder(this.#parts.folder);
    this.#kept.set(attempt, files);
    await keepOnly(folder, files);
  }

  /** @param more bytes of the file that is being written */
  async #refuseIfFull(more: number): Promise<void> {
    const { mostBytes, keepFreeBytes } = this.#parts.limits();
    const used = [...this.#kept.values()].reduce((sum, files) => sum + bytesOf(files), 0);
    const free = await (this.#parts.freeBytes?.() ?? this.#systemFreeBytes());
    if (used + more > mostBytes || free - more < keepFreeBytes)
      throw new LullError('disk_full', 'A checkpoint would take more of the disk than you allow.');
  }

  async #systemFreeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#parts.folder);
    return bavail * bsize;
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fromDisk(error, this.#parts.folder);
    }
  }
}

const bytesOf = (files: readonly KeptFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** So that a rename is on the disk too. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder);
    await handle.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}
