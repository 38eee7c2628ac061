// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { sha256 } from './hashes.ts';
import { publicKeySchema, signatureSchema } from './ids.ts';
import { type SigningKey, verifySignature } from './signatures.ts';

/** How far a request's time may be from the coordinator's, either way. */
export const MAX_SKEW_MS = 5 * 60_000;

export const AUTH_HEADER = 'lull-auth';

/** The header of a signed request: base64url of this as JSON. */
export const requestAuthSchema = z.strictObject({
  key: publicKeySchema,
  /** ms since the epoch, by the coordinator's clock as the client knows it */
  at: z.int().nonnegative(),
  nonce: z.string().regex(/^[A-Za-z0-9_-]{16,32}$/),
  signature: signatureSchema,
});
export type RequestAuth = z.infer<typeof requestAuthSchema>;

interface RequestHead {
  readonly method: string;
  /** path with query, as sent */
  readonly path: string;
  readonly at: number;
  readonly nonce: string;
}

interface SignedRequest extends RequestHead {
  readonly body: Uint8Array;
}

/** A request whose body is named by its hash: a blob is authorised before a byte of it is read. */
interface HashedRequest extends RequestHead {
  /** lower-case hex SHA-256 of the body */
  readonly bodyHash: string;
}

const statement = (request: HashedRequest): Record<string, unknown> => ({
  method: request.method,
  path: request.path,
  body: request.bodyHash,
  at: request.at,
  nonce: request.nonce,
});

const hexHash = (body: Uint8Array): string => sha256(body).toString('hex');

/** @returns the value of the `lull-auth` header */
export function signHashedRequest(key: SigningKey, request: HashedRequest): string {
  const auth: RequestAuth = {
    key: key.publicKey,
    at: request.at,
    nonce: request.nonce,
    signature: key.sign('lull.request.1', statement(request)),
  };
  return Buffer.from(JSON.stringify(auth)).toString('base64url');
}

/** @returns the value of the `lull-auth` header */
export const signRequest = (key: SigningKey, request: SignedRequest): string =>
  signHashedRequest(key, { ...request, bodyHash: hexHash(request.body) });

/** @returns the parsed header, or undefined when it is malformed */
export function parseRequestAuth(header: string): RequestAuth | undefined {
  try {
    return requestAuthSchema.parse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')));
  } catch {
    // Anything that is not that JSON is simply not an authorisation.
    return undefined;
  }
}

/** Whether the request was signed by the key it names; time and nonce are the caller's to judge. */
export const verifyHashedRequest = (
  auth: RequestAuth,
  method: string,
  path: string,
  bodyHash: string,
): boolean =>
  verifySignature(
    'lull.request.1',
    statement({ method, path, bodyHash, at: auth.at, nonce: auth.nonce }),
    auth.signature,
    auth.key,
  );

/** As `verifyHashedRequest`, for a body that is at hand. */
export const verifyRequest = (auth: RequestAuth, method: string, path: string, body: Uint8Array): boolean =>
  verifyHashedRequest(auth, method, path, hexHash(body));
