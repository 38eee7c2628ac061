// SPDX-License-Identifier: MIT
import type { FastifyReply, FastifyRequest } from 'fastify';

import { ROUTES } from '../../protocol/coordinator-api.ts';
import { LullError, parseAt } from '../../protocol/errors.ts';
import type { BlobHash } from '../../protocol/ids.ts';
import type { BlobRef } from '../../protocol/job.ts';
import type { BlobStore } from '../blobs.ts';
import { parseByteRange } from './byte-range.ts';

export const hashOf = (params: unknown): BlobHash =>
  parseAt(ROUTES.getBlob.params, params, "The blob's address").hash;

const FOREVER = 'public, max-age=31536000, immutable';

/** Takes in a blob whose request is authorised already. The stream outlives a refusal, so that it can be answered. */
export const receiveBlob = (blobs: BlobStore, request: FastifyRequest, hash: BlobHash): Promise<BlobRef> =>
  blobs.put(hash, request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>);

/** Answers with a blob, a range of it, or that the caller has it already. */
export async function sendBlob(
  blobs: BlobStore,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const hash = hashOf(request.params);
  const blob = await blobs.stat(hash);
  if (blob === undefined) {
    throw new LullError('unknown_blob', `There is no blob ${hash} here: upload it, then try again.`);
  }
  const etag = `"${hash}"`;
  reply.header('etag', etag).header('accept-ranges', 'bytes').header('cache-control', FOREVER);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();

  const condition = request.headers['if-range'];
  const asked = condition === undefined || condition === etag ? request.headers.range : undefined;
  const range = parseByteRange(asked, blob.size);
  if (range === 'unsatisfiable') {
    const refusal = new LullError(
      'invalid_request',
      `The range is outside the blob, which has ${blob.size} bytes.`,
    );
    return reply
      .code(416)
      .header('content-range', `bytes */${blob.size}`)
      .header('cache-control', 'no-store')
      .send(refusal.toWire());
  }
  reply.type('application/octet-stream').header('x-content-type-options', 'nosniff');
  if (range === 'whole') return reply.header('content-length', blob.size).send(blobs.read(hash));
  return reply
    .code(206)
    .header('content-range', `bytes ${range.first}-${range.last}/${blob.size}`)
    .header('content-length', range.last - range.first + 1)
    .send(blobs.read(hash, range));
}
