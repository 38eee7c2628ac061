// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { Keychain } from '../ports.ts';
import { FileKeychain } from './file-keychain.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';
import { openSystemKeychain, systemKeychainWorks, type SystemKeyFile } from './system-keychain.ts';

interface OpenKeychainParts {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** where the host was given one; an empty one counts as none */
  readonly passphrase?: string | undefined;
  /** false: keep the keys in the file even where there is a system keychain */
  readonly useSystem?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Opens the keychain of a data folder. The first run chooses (the system's where it works, else a file) and
 * `keys.json` remembers, because other keys would mean another account.
 * @throws {LullError} `forbidden` for a missing or wrong passphrase, `internal` when the keys cannot be reached
 */
export async function openKeychain(parts: OpenKeychainParts): Promise<Keychain> {
  const { dataFolder, clock, logger, useSystem = true, env = process.env } = parts;
  const passphrase = parts.passphrase === '' ? undefined : parts.passphrase;
  const path = join(dataFolder, 'keys.json');
  const found = readKeyFile(path);
  if (found?.kind === 'system') return openSystemKeychain(path, found, clock);
  if (found !== undefined) return FileKeychain.open(path, found, passphrase);

  const id = randomUUID();
  const works = useSystem && (await systemKeychainWorks(id, { clock, logger, env }));
  if (!works) return FileKeychain.create(path, id, passphrase);
  const file: SystemKeyFile = { version: 1, id, kind: 'system', names: [] };
  writeKeyFile(path, file);
  return openSystemKeychain(path, file, clock);
}

/** What the owner should know of a keychain, as a problem; undefined when it protects the keys. */
export function keychainProblem(keychain: Keychain): { code: string; message: string } | undefined {
  if (keychain.kind !== 'file_permissions') return undefined;
  return {
    code: 'keys_not_encrypted',
    message:
      'No system keychain answers here, so the keys are in a file that only your user may read, not encrypted: start ' +
      'Lull with a passphrase in LULL_PASSPHRASE to encrypt them.',
  };
}
