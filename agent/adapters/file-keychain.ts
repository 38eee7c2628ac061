// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { Keychain } from '../ports.ts';
import { type Entries, type KeyFile, seal, unseal, writeKeyFile } from './key-file.ts';

/** Keys in a file that only this user may read; encrypted when there is a passphrase. */
export class FileKeychain implements Keychain {
  readonly kind: 'file_passphrase' | 'file_permissions';
  readonly #path: string;
  readonly #id: string;
  readonly #passphrase: string | undefined;
  #entries: Entries;

  /**
   * @param file what the path holds now
   * @throws {LullError} `forbidden` without the passphrase, or with a wrong one
   */
  constructor(path: string, file: Exclude<KeyFile, { kind: 'system' }>, passphrase: string | undefined) {
    this.#path = path;
    this.#id = file.id;
    this.#passphrase = passphrase;
    this.kind = passphrase === undefined ? 'file_permissions' : 'file_passphrase';
    if (file.kind === 'file_permissions') {
      this.#entries = file.entries;
      // A passphrase that is given for the first time protects what is already there.
      if (passphrase !== undefined) this.#write(this.#entries);
      return;
    }
    if (passphrase === undefined) {
      throw new LullError(
        'forbidden',
        'The keys of this computer are encrypted: start Lull with their passphrase in LULL_PASSPHRASE.',
      );
    }
    this.#entries = unseal(file, passphrase);
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
      this.#passphrase === undefined
        ? { version: 1, id: this.#id, kind: 'file_permissions', entries }
        : seal(entries, this.#passphrase, this.#id);
    writeKeyFile(this.#path, file);
  }
}
