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
  z.strictObject({ ...common, kind: z.literal('system') }),
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

function keyOf(passphrase: string, { n, r, p, salt }: SealedKeyFile['kdf']): Buffer {
  const maxmem = 256 * n * r;
  return scryptSync(passphrase, Buffer.from(salt, 'base64url'), 32, { N: n, r, p, maxmem });
}

export function seal(entries: Entries, passphrase: string, id: string): SealedKeyFile {
  const kdf = { name: 'scrypt', ...SCRYPT, salt: randomBytes(16).toString('base64url') } as const;
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, kdf), nonce);
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
export function unseal(file: SealedKeyFile, passphrase: string): Entries {
  const decipher = createDecipheriv(
    'aes-256-gcm',
    keyOf(passphrase, file.kdf),
    Buffer.from(file.nonce, 'base64url'),
  );
  decipher.setAuthTag(Buffer.from(file.tag, 'base64url'));
  let text: string;
  try {
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
