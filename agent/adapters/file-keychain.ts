// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { Keychain } from '../ports.ts';
import {
  type Entries,
  type KeyFile,
  keyFromPassphrase,
  type PassphraseKey,
  seal,
  unseal,
  writeKeyFile,
} from './key-file.ts';

/** Keys in a file that only this user may read; encrypted when there is a passphrase. */
export class FileKeychain implements Keychain {
  readonly kind: 'file_passphrase' | 'file_permissions';
  readonly #path: string;
  readonly #id: string;
  readonly #key: PassphraseKey | undefined;
  #entries: Entries;

  private constructor(path: string, id: string, key: PassphraseKey | undefined, entries: Entries) {
    this.#path = path;
    this.#id = id;
    this.#key = key;
    this.#entries = entries;
    this.kind = key === undefined ? 'file_permissions' : 'file_passphrase';
  }

  static create(path: string, id: string, passphrase: string | undefined): FileKeychain {
    const key = passphrase === undefined ? undefined : keyFromPassphrase(passphrase);
    const keychain = new FileKeychain(path, id, key, {});
    keychain.#write({});
    return keychain;
  }

  /**
   * @param file what the path holds now
   * @throws {LullError} `forbidden` without the passphrase, or with a wrong one
   */
  static open(
    path: string,
    file: Exclude<KeyFile, { kind: 'system' }>,
    passphrase: string | undefined,
  ): FileKeychain {
    if (file.kind === 'file_permissions') {
      if (passphrase === undefined) return new FileKeychain(path, file.id, undefined, file.entries);
      // A passphrase that is given for the first time protects what is already there.
      const keychain = new FileKeychain(path, file.id, keyFromPassphrase(passphrase), file.entries);
      keychain.#write(file.entries);
      return keychain;
    }
    if (passphrase === undefined) {
      throw new LullError(
        'forbidden',
        'The keys of this computer are encrypted: start Lull with their passphrase in LULL_PASSPHRASE.',
      );
    }
    const key = keyFromPassphrase(passphrase, file.kdf);
    return new FileKeychain(path, file.id, key, unseal(file, key));
  }

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(Object.hasOwn(this.#entries, name) ? this.#entries[name] : undefined);
  }

  set(name: string, value: string): Promise<void> {
    const entries = { ...this.#entries, [name]: value };
    this.#write(entries);
    this.#entries = entries;
    return Promise.resolve();
  }

  #write(entries: Entries): void {
    const file: KeyFile =
      this.#key === undefined
        ? { version: 1, id: this.#id, kind: 'file_permissions', entries }
        : seal(entries, this.#key, this.#id);
    writeKeyFile(this.#path, file);
  }
}
