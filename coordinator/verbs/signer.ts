// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import { type AccountId, accountIdSchema } from '../../protocol/ids.ts';
import { type Device, findDevice } from '../sql/devices.ts';
import type { Sql } from '../sql/schema.ts';

interface Signed {
  readonly key: string | undefined;
}

/** The key that signed the request. */
export function signerOf({ key }: Signed): string {
  if (key === undefined) throw new LullError('bad_signature', 'This request must be signed.');
  return key;
}

export const accountOfSigner = (request: Signed): AccountId => accountIdSchema.parse(signerOf(request));

/** @throws {LullError} `unknown_device` */
export async function deviceOfSigner(sql: Sql, request: Signed): Promise<Device> {
  const device = await findDevice(sql, signerOf(request));
  if (device !== undefined) return device;
  throw new LullError('unknown_device', 'This network does not know this device: register it first.');
}
