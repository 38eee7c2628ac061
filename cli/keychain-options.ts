// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync } from 'node:fs';

import { type Command, Option } from 'commander';

import { LullError, toError } from '../protocol/errors.ts';

export interface KeychainOptions {
  readonly keychain: 'system' | 'file';
  readonly passphraseFile?: string;
}

export const withKeychainOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--keychain <kind>',
        "where a first run keeps the keys: the system's keychain where there is one, or a file",
      )
        .choices(['system', 'file'])
        .default('system'),
    )
    .option(
      '--passphrase-file <file>',
      'file with the passphrase that protects a key file (or set LULL_PASSPHRASE)',
    );

/** @throws {LullError} `invalid_request` when the passphrase file cannot be read */
export function keychainChoice(options: KeychainOptions): {
  useSystem: boolean;
  passphrase: string | undefined;
} {
  return { useSystem: options.keychain === 'system', passphrase: passphraseFrom(options.passphraseFile) };
}

function passphraseFrom(file: string | undefined): string | undefined {
  if (file === undefined) return process.env['LULL_PASSPHRASE'];
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new LullError(
      'invalid_request',
      `The passphrase file ${file} cannot be read: ${toError(cause).message}.`,
      { cause },
    );
  }
}

/** Makes the data folder where it is missing, for this user only. */
export function ensureDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
}
