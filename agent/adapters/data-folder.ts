// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { LullError, toError } from '../../protocol/errors.ts';
import { errnoOf, fromDisk } from './disk-errors.ts';

// Primary result code of SQLite when another connection holds a lock.
const SQLITE_BUSY = 5;

interface FolderChoice {
  /** `--data DIR` */
  readonly given?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/** Where Lull keeps everything: `--data`, then `LULL_HOME`, then the system's place for programs' data. */
export function resolveDataFolder({
  given,
  env,
  platform = process.platform,
  home = homedir(),
}: FolderChoice): string {
  const chosen = [given, env['LULL_HOME']].find((folder) => folder !== undefined && folder !== '');
  if (chosen !== undefined) return resolve(chosen);
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Lull');
    case 'win32':
      return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Lull');
    default: {
      const data = env['XDG_DATA_HOME'];
      // The XDG specification: a relative path there is to be ignored.
      return join(data?.startsWith('/') === true ? data : join(home, '.local', 'share'), 'lull');
    }
  }
}

/** A data folder that is this process's alone until it is closed, or the process ends in whatever way. */
export interface DataFolder {
  readonly path: string;
  close(): void;
}

function pidIn(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function lock(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    // An open exclusive transaction is a lock of the operating system: a crash cannot leave it behind.
    db.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Creates the folder where it is missing, for this user only, and takes it.
 * @throws {LullError} `already_open` with the first one's pid in `details.pid`, `disk_full`
 */
export function openDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new LullError(
      'internal',
      `The data folder ${path} cannot be made (${toError(error).message}): choose another with --data.`,
      { cause: error },
    );
  }
  const pidPath = join(path, 'lock.pid');
  let db: DatabaseSync;
  try {
    db = lock(join(path, 'lock.db'));
  } catch (error) {
    const busy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
    if (!busy) throw fromDisk(error, path);
    const pid = pidIn(pidPath);
    const who = pid === undefined ? 'Another Lull' : `Another Lull (process ${pid})`;
    throw new LullError(
      'already_open',
      `${who} runs with the data folder ${path}: use that one, quit it first, or choose another folder with --data.`,
      { details: pid === undefined ? {} : { pid }, cause: error },
    );
  }
  try {
    writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    db.close();
    throw fromDisk(error, path);
  }
  return {
    path,
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}
