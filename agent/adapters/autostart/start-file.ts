// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { LullError, toError } from '../../../protocol/errors.ts';
import { errnoOf } from '../disk-errors.ts';

/** What a file says; undefined when it is not there. */
export async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Writes it whole or not at all, unless it says so already. */
export async function keepText(path: string, text: string): Promise<void> {
  if ((await textIfThere(path)) === text) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  try {
    await writeFile(draft, text, { mode: 0o644 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Does it, or says what the owner can do about it. */
export async function changingStart(folder: string, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    throw new LullError(
      'internal',
      `Starting at login could not be changed: ${toError(error).message}. Check that you may write to ${folder}.`,
      { cause: error },
    );
  }
}
