// SPDX-License-Identifier: MIT
import type { Keychain } from '../../agent/ports.ts';

/** Secrets in memory. */
export class FakeKeychain implements Keychain {
  readonly kind: Keychain['kind'] = 'system';
  readonly entries = new Map<string, string>();

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.entries.get(name));
  }

  set(name: string, value: string): Promise<void> {
    this.entries.set(name, value);
    return Promise.resolve();
  }
}
