// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';

import { type BlobHash, blobHashSchema } from './ids.ts';

export const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The name of a blob with these bytes. */
export const blobHashOf = (bytes: Uint8Array): BlobHash =>
  blobHashSchema.parse(sha256(bytes).toString('hex'));
