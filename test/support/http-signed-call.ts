// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';

import { type RequestAuth, requestAuthSchema, signRequest } from '../../protocol/request-auth.ts';
import type { SigningKey } from '../../protocol/signatures.ts';

interface SignedCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly payload?: string | Buffer;
  readonly headers: Record<string, string>;
}

/** A request as a right-minded client would sign it; tests then bend one thing of it. */
export function signedCall(
  key: SigningKey,
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  at: number,
  body?: unknown,
): SignedCall {
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : undefined;
  const payload = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
  const nonce = randomBytes(12).toString('base64url');
  const auth = signRequest(key, { method, path: url, body: Buffer.from(payload ?? ''), at, nonce });
  const type = bytes === undefined ? 'application/json' : 'application/octet-stream';
  return {
    method,
    url,
    ...(payload === undefined ? {} : { payload }),
    headers: { 'lull-auth': auth, ...(payload === undefined ? {} : { 'content-type': type }) },
  };
}

/** The same call with something else in its authorisation. */
export function withAuth(call: SignedCall, change: Partial<RequestAuth>): SignedCall {
  const auth = requestAuthSchema.parse(
    JSON.parse(Buffer.from(call.headers['lull-auth'] ?? '', 'base64url').toString()),
  );
  const header = Buffer.from(JSON.stringify({ ...auth, ...change })).toString('base64url');
  return { ...call, headers: { ...call.headers, 'lull-auth': header } };
}
