// SPDX-License-Identifier: MIT
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

import canonicalize from 'canonicalize';

import { type PublicKey, publicKeySchema, signatureSchema } from './ids.ts';

/** What a signature is for. A signature made for one purpose is worthless for any other. */
export type SignatureDomain =
  | 'lull.request.1'
  | 'lull.device-link.1'
  | 'lull.result.1'
  | 'lull.receipt.1'
  | 'lull.tree-head.1'
  | 'lull.grant.1';

/** Canonical JSON (RFC 8785): one value, one byte string, on every machine. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('this value has no canonical JSON');
  return text;
}

const messageOf = (domain: SignatureDomain, value: unknown): Buffer =>
  Buffer.from(`${domain}\n${canonicalJson(value)}`, 'utf8');

/** An Ed25519 key pair (RFC 8032). `seed` is the 32-byte private key as base64url: keep it in a keychain. */
export interface SigningKey {
  readonly publicKey: PublicKey;
  sign(domain: SignatureDomain, value: unknown): string;
}

// The fixed DER prefix of a PKCS #8 Ed25519 private key (RFC 8410, section 7), before its 32 bytes.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const keyOf = (privateKey: KeyObject): SigningKey => {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    publicKey: publicKeySchema.parse(jwk.x),
    sign: (domain, value) => sign(null, messageOf(domain, value), privateKey).toString('base64url'),
  };
};

/** @throws {TypeError} when the seed is not 32 bytes in base64url. */
export function signingKeyFromSeed(seed: string): SigningKey {
  const bytes = Buffer.from(seed, 'base64url');
  if (bytes.length !== 32) throw new TypeError('a signing key seed is 32 bytes in base64url');
  return keyOf(createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, bytes]), format: 'der', type: 'pkcs8' }));
}

/** A new random seed for `signingKeyFromSeed`. */
export function newSeed(): string {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (jwk.d === undefined) throw new TypeError('this Node.js made no Ed25519 key');
  return jwk.d;
}

/** Whether the key signed exactly this value for exactly this purpose. False for anything malformed. */
export function verifySignature(
  domain: SignatureDomain,
  value: unknown,
  signature: string,
  publicKey: string,
): boolean {
  if (!publicKeySchema.safeParse(publicKey).success || !signatureSchema.safeParse(signature).success)
    return false;
  const bytes = Buffer.from(signature, 'base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    return verify(null, messageOf(domain, value), key, bytes);
  } catch {
    // node:crypto throws for a point that is not on the curve: such a key signed nothing.
    return false;
  }
}
