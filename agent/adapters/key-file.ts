// SPDX-License-Identifier: MIT
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

import { z } from 'zod';

import { LullError, parseAt } from '../../protocol/errors.ts';
import { errnoOf, fromDisk } from './disk-errors.ts';

const base64Schema = z.string().regex(/^[A-Za-z0-9_-]+$/);
const entriesSchema = z.record(z.string().max(100), z.string().max(1000));
const common = { version: z.literal(1), id: z.uuid() };

/** `keys.json`: which keychain holds this folder's keys, and the keys themselves where it is this file. */
const keyFileSchema = z.discriminatedUnion('kind', [
  /** `names`: what was put into the system's keychain, so that its loss is noticed */
  z.strictObject({ ...common, kind: z.literal('system'), names: z.array(z.string().max(100)) }),
  z.strictObject({ ...common, kind: z.literal('file_permissions'), entries: entriesSchema }),
  z.strictObject({
    ...common,
    kind: z.literal('file_passphrase'),
    kdf: z.strictObject({
      name: z.literal('scrypt'),
      n: z
        .int()
        .min(2)
        .max(2 ** 20),
      r: z.int().min(1).max(32),
      p: z.int().min(1).max(16),
      salt: base64Schema,
    }),
    /** AES-256-GCM over the entries as JSON */
    nonce: base64Schema,
    sealed: base64Schema,
    tag: base64Schema,
  }),
]);
export type KeyFile = z.infer<typeof keyFileSchema>;
export type Entries = z.infer<typeof entriesSchema>;
export type SealedKeyFile = Extract<KeyFile, { kind: 'file_passphrase' }>;

// OWASP's setting for scrypt that fits in 32 MiB (Password Storage Cheat Sheet).
const SCRYPT = { n: 2 ** 15, r: 8, p: 3 } as const;

/** @throws {LullError} `internal` when the file is damaged; it is left as it is. */
export function readKeyFile(path: string): KeyFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parseAt(keyFileSchema, JSON.parse(text), path);
  } catch (error) {
    throw new LullError(
      'internal',
      `The key file ${path} is damaged: put a copy of it back, or move it away to start with new keys. It was not touched.`,
      { cause: error },
    );
  }
}

/** Writes for this user only, whole or not at all, and onto the disk before it returns. */
export function writeKeyFile(path: string, file: KeyFile): void {
  const part = `${path}.part`;
  try {
    const handle = openSync(part, 'w', 0o600);
    try {
      writeSync(handle, `${JSON.stringify(file, undefined, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw fromDisk(error, path);
  }
}

/** A key made from a passphrase, with how it was made. Slow to make, on purpose: make it once. */
export interface PassphraseKey {
  readonly key: Buffer;
  readonly kdf: SealedKeyFile['kdf'];
}

const newKdf = (): SealedKeyFile['kdf'] => ({
  name: 'scrypt',
  ...SCRYPT,
  salt: randomBytes(16).toString('base64url'),
});

/** @param kdf of the file that the key is for; a new one when absent */
export function keyFromPassphrase(passphrase: string, kdf: SealedKeyFile['kdf'] = newKdf()): PassphraseKey {
  const { n, r, p, salt } = kdf;
  const maxmem = 256 * n * r;
  return { kdf, key: scryptSync(passphrase, Buffer.from(salt, 'base64url'), 32, { N: n, r, p, maxmem }) };
}

export function seal(entries: Entries, { key, kdf }: PassphraseKey, id: string): SealedKeyFile {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(entries), 'utf8'), cipher.final()]);
  return {
    version: 1,
    id,
    kind: 'file_passphrase',
    kdf,
    nonce: nonce.toString('base64url'),
    sealed: sealed.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  };
}

/** @throws {LullError} `forbidden` when the passphrase is not the one. */
export function unseal(file: SealedKeyFile, { key }: PassphraseKey): Entries {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(file.nonce, 'base64url'), {
    authTagLength: 16,
  });
  let text: string;
  try {
    decipher.setAuthTag(Buffer.from(file.tag, 'base64url'));
    text = Buffer.concat([decipher.update(Buffer.from(file.sealed, 'base64url')), decipher.final()]).toString(
      'utf8',
    );
  } catch (error) {
    throw new LullError(
      'forbidden',
      'The passphrase is not the one that the keys were encrypted with: start again with the right one. Nothing was changed.',
      { cause: error },
    );
  }
  return parseAt(entriesSchema, JSON.parse(text), 'The decrypted keys', 'internal');
}
