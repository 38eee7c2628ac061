// SPDX-License-Identifier: MIT
import { LullError } from '../protocol/errors.ts';
import { newSeed, type SigningKey, signingKeyFromSeed } from '../protocol/signatures.ts';
import type { Keychain } from './ports.ts';

/** The two keys that a computer has: its own, and its owner's account. */
export interface Identity {
  readonly device: SigningKey;
  readonly account: SigningKey;
}

async function keyNamed(keychain: Keychain, name: 'device' | 'account'): Promise<SigningKey> {
  const stored = await keychain.get(name);
  const seed = stored ?? newSeed();
  if (stored === undefined) await keychain.set(name, seed);
  try {
    return signingKeyFromSeed(seed);
  } catch (error) {
    throw new LullError(
      'internal',
      `The ${name} key in the keychain is damaged: restore it from a backup, or use another data folder with --data.`,
      { cause: error },
    );
  }
}

/** Reads the keys, and makes them silently on the first run. */
export async function loadIdentity(keychain: Keychain): Promise<Identity> {
  return { device: await keyNamed(keychain, 'device'), account: await keyNamed(keychain, 'account') };
}
