// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseRequestAuth, signRequest, verifyRequest } from '../../../protocol/request-auth.ts';
import { canonicalJson, newSeed, signingKeyFromSeed, verifySignature } from '../../../protocol/signatures.ts';

/** RFC 8032 section 7.1, test 1. */
const RFC_SEED = Buffer.from(
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  'hex',
).toString('base64url');
const RFC_PUBLIC = Buffer.from(
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  'hex',
).toString('base64url');

describe('signatures', () => {
  test('a seed gives the public key that RFC 8032 publishes for it', () => {
    expect(signingKeyFromSeed(RFC_SEED).publicKey).toBe(RFC_PUBLIC);
  });

  test('a seed of the wrong length is refused', () => {
    expect(() => signingKeyFromSeed('AAAA')).toThrow('32 bytes');
  });

  test('a signature holds for its value, purpose and key, and for nothing else', () => {
    const key = signingKeyFromSeed(newSeed());
    const other = signingKeyFromSeed(newSeed());
    const value = { b: 2, a: [1, 'ü'] };
    const signature = key.sign('lull.result.1', value);
    expect(verifySignature('lull.result.1', { a: [1, 'ü'], b: 2 }, signature, key.publicKey)).toBe(true);
    expect(verifySignature('lull.result.1', { a: [1, 'u'], b: 2 }, signature, key.publicKey)).toBe(false);
    expect(verifySignature('lull.receipt.1', value, signature, key.publicKey)).toBe(false);
    expect(verifySignature('lull.result.1', value, signature, other.publicKey)).toBe(false);
  });

  test('anything malformed is a signature by nobody, without throwing', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (signature, publicKey) => !verifySignature('lull.result.1', {}, signature, publicKey),
      ),
    );
    const key = signingKeyFromSeed(newSeed());
    expect(verifySignature('lull.result.1', {}, key.sign('lull.result.1', {}), 'A'.repeat(43))).toBe(false);
  });

  test('a signature and a key have one spelling each, so that nothing signed can be told twice', () => {
    const key = signingKeyFromSeed(newSeed());
    const signature = key.sign('lull.result.1', {});
    const respell = (text: string): string[] =>
      [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
        .map((last) => text.slice(0, -1) + last)
        .filter(
          (other) => other !== text && Buffer.from(other, 'base64url').equals(Buffer.from(text, 'base64url')),
        );
    expect(respell(signature)).toHaveLength(15);
    for (const other of respell(signature))
      expect(verifySignature('lull.result.1', {}, other, key.publicKey)).toBe(false);
    for (const other of respell(key.publicKey))
      expect(verifySignature('lull.result.1', {}, signature, other)).toBe(false);
  });

  test('canonical JSON does not depend on the order in which keys were written', () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: 3 } })).toBe('{"a":{"c":3,"d":2},"b":1}');
    expect(() => canonicalJson(undefined)).toThrow('no canonical JSON');
  });
});

describe('signed requests', () => {
  const key = signingKeyFromSeed(newSeed());
  const request = {
    method: 'POST',
    path: '/v1/poll?x=1',
    body: Buffer.from('{}'),
    at: 1000,
    nonce: 'n'.repeat(22),
  };

  test('a request is its signer’s, as sent', () => {
    const auth = parseRequestAuth(signRequest(key, request));
    expect(auth?.key).toBe(key.publicKey);
    expect(auth && verifyRequest(auth, 'POST', '/v1/poll?x=1', Buffer.from('{}'))).toBe(true);
  });

  test.each([
    ['method', 'GET', '/v1/poll?x=1', '{}'],
    ['path', 'POST', '/v1/poll?x=2', '{}'],
    ['body', 'POST', '/v1/poll?x=1', '{ }'],
  ])('another %s does not pass under the same signature', (_what, method, path, body) => {
    const auth = parseRequestAuth(signRequest(key, request));
    expect(auth && verifyRequest(auth, method, path, Buffer.from(body))).toBe(false);
  });

  test('time, nonce and key are part of what is signed', () => {
    const auth = parseRequestAuth(signRequest(key, request));
    if (auth === undefined) throw new Error('the header did not parse');
    const verify = (changed: Partial<typeof auth>): boolean =>
      verifyRequest({ ...auth, ...changed }, 'POST', request.path, request.body);
    expect(verify({})).toBe(true);
    expect(verify({ at: 1001 })).toBe(false);
    expect(verify({ nonce: 'm'.repeat(22) })).toBe(false);
    expect(verify({ key: signingKeyFromSeed(newSeed()).publicKey })).toBe(false);
  });

  test('a malformed header is no authorisation', () => {
    fc.assert(fc.property(fc.string(), (header) => parseRequestAuth(header) === undefined));
  });
});
