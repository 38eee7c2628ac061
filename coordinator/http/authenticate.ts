// SPDX-License-Identifier: MIT
import type { Route } from '../../protocol/coordinator-api.ts';
import { LullError } from '../../protocol/errors.ts';
import {
  AUTH_HEADER,
  MAX_SKEW_MS,
  parseRequestAuth,
  type RequestAuth,
  verifyHashedRequest,
} from '../../protocol/request-auth.ts';

/**
 * Remembers that a key used a nonce, for as long as its request would be accepted again (twice `MAX_SKEW_MS`).
 * @returns false when it was used before
 */
export type NonceCheck = (key: string, nonce: string, at: number) => Promise<boolean>;

/**
 * What can be judged before a byte of the body is read.
 * @throws {LullError} `bad_signature`, `clock_skew`
 */
export function readAuth(
  route: Route,
  header: string | string[] | undefined,
  now: number,
): RequestAuth | undefined {
  if (route.signer === 'none') return undefined;
  if (typeof header !== 'string') {
    throw new LullError(
      'bad_signature',
      `This request must be signed by ${SIGNERS[route.signer]}: send the ${AUTH_HEADER} header.`,
    );
  }
  const auth = parseRequestAuth(header);
  if (auth === undefined) {
    throw new LullError(
      'bad_signature',
      `The ${AUTH_HEADER} header is malformed: it is base64url of JSON with key, at, nonce and signature.`,
    );
  }
  if (Math.abs(auth.at - now) > MAX_SKEW_MS) {
    throw new LullError(
      'clock_skew',
      "The request's time is more than five minutes from the coordinator's: set the clock and send it again.",
      { details: { serverTime: now } },
    );
  }
  return auth;
}

const SIGNERS = { device: 'a device', account: 'an account', either: 'a device or an account' } as const;

interface Signed {
  readonly method: string;
  readonly path: string;
  readonly bodyHash: string;
}

/**
 * @returns the key that signed the request
 * @throws {LullError} `bad_signature`, `replayed_request`
 */
export async function verifyAuth(
  auth: RequestAuth,
  request: Signed,
  checkNonce: NonceCheck,
): Promise<string> {
  if (!verifyHashedRequest(auth, request.method, request.path, request.bodyHash)) {
    throw new LullError(
      'bad_signature',
      "The request's signature is not by the key it names, or the request was changed on its way: sign it again.",
    );
  }
  if (request.method !== 'GET' && !(await checkNonce(auth.key, auth.nonce, auth.at))) {
    throw new LullError(
      'replayed_request',
      'This very request was already seen, and nothing was done again: sign a new one with a fresh nonce.',
    );
  }
  return auth.key;
}
