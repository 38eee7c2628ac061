// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../../protocol/clock.ts';
import { LullError, toError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { Keychain } from '../ports.ts';
import { type KeyFile, writeKeyFile } from './key-file.ts';

export type SystemKeyFile = Extract<KeyFile, { kind: 'system' }>;

const SERVICE = 'Lull';
/** How long the keychain may take to prove itself on the first run, ms: a person may have to unlock it. */
const PROBE_MS = 10_000;
/** How long it may take to give a key, ms. */
const ANSWER_MS = 60_000;

/** The part of keytar that is used. */
interface PasswordStore {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

interface ProbeParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
}

// Without a session bus libsecret can only fail; not loading it at all keeps 5 MB of libraries out.
function hasSessionBus(env: NodeJS.ProcessEnv): boolean {
  if (process.platform !== 'linux') return true;
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime } = env;
  return (address ?? '') !== '' || (runtime !== undefined && existsSync(join(runtime, 'bus')));
}

async function load(): Promise<PasswordStore> {
  const { default: keytar } = await import('keytar');
  return keytar;
}

async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(ms, () => reject(new Error(`no answer within ${ms / 1000} seconds`)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

async function probe(passwords: PasswordStore, account: string): Promise<void> {
  await passwords.setPassword(SERVICE, account, 'probe');
  const found = await passwords.getPassword(SERVICE, account);
  await passwords.deletePassword(SERVICE, account);
  if (found !== 'probe') throw new Error('it did not give back what it was given');
}

/**
 * Finds out whether the system's keychain (Keychain, Credential Vault, Secret Service) keeps secrets here; the
 * log says why not.
 * @param id names this data folder's entries
 */
export async function systemKeychainWorks(id: string, parts: ProbeParts): Promise<boolean> {
  const { clock, logger, env } = parts;
  if (!hasSessionBus(env)) return false;
  try {
    const passwords = await load();
    await within(clock, PROBE_MS, probe(passwords, `probe@${id}`));
    return true;
  } catch (error) {
    logger.info('The system keychain cannot be used', { error: toError(error).message });
    return false;
  }
}

/**
 * The keychain that a data folder's keys are known to be in.
 * @param path of the folder's key file, which says which names it has put there
 * @throws {LullError} `internal` when it cannot be used at all
 */
export async function openSystemKeychain(path: string, file: SystemKeyFile, clock: Clock): Promise<Keychain> {
  try {
    return new SystemKeychain(await load(), path, file, clock);
  } catch (error) {
    throw unavailable(error);
  }
}

// Falling back to new keys would quietly earn into another account.
const unavailable = (cause: unknown): LullError =>
  new LullError(
    'internal',
    'The keys of this computer are in the system keychain, which does not give them: unlock it (on Linux, start a ' +
      'session with a Secret Service such as gnome-keyring) and start Lull again. Nothing was changed.',
    { cause },
  );

class SystemKeychain implements Keychain {
  readonly kind = 'system';
  readonly #passwords: PasswordStore;
  readonly #path: string;
  readonly #clock: Clock;
  #file: SystemKeyFile;

  constructor(passwords: PasswordStore, path: string, file: SystemKeyFile, clock: Clock) {
    this.#passwords = passwords;
    this.#path = path;
    this.#file = file;
    this.#clock = clock;
  }

  async get(name: string): Promise<string | undefined> {
    const value = await this.#ask(this.#passwords.getPassword(SERVICE, `${name}@${this.#file.id}`));
    if (value !== null) return value;
    if (this.#file.names.includes(name)) throw unavailable(new Error(`it has no ${name} any more`));
    return undefined;
  }

  async set(name: string, value: string): Promise<void> {
    await this.#ask(this.#passwords.setPassword(SERVICE, `${name}@${this.#file.id}`, value));
    const file = { ...this.#file, names: [...new Set([...this.#file.names, name])] };
    writeKeyFile(this.#path, file);
    this.#file = file;
  }

  async #ask<T>(work: Promise<T>): Promise<T> {
    try {
      return await within(this.#clock, ANSWER_MS, work);
    } catch (error) {
      throw unavailable(error);
    }
  }
}
