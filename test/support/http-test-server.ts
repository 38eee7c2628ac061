// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskBlobStore } from '../../coordinator/blobs-on-disk.ts';
import type { CoordinatorHandlers } from '../../coordinator/coordinator.ts';
import { createHttpServer, type HttpServer, type HttpServerParts } from '../../coordinator/http/server.ts';
import type { Clock } from '../../protocol/clock.ts';
import { API_VERSION } from '../../protocol/coordinator-api.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { newSeed, signingKeyFromSeed } from '../../protocol/signatures.ts';
import { TestClock } from './test-clock.ts';

export interface HttpTestServer extends HttpServer {
  readonly clock: TestClock;
  readonly blobsDir: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real server over the few handlers that a test names, with blobs in a folder of its own. */
export async function httpTestServer(
  handlers: Partial<CoordinatorHandlers>,
  parts: Partial<HttpServerParts> & { clock?: Clock; maxBlobBytes?: number } = {},
): Promise<HttpTestServer> {
  const clock = new TestClock();
  const blobsDir = await mkdtemp(join(tmpdir(), 'lull-http-'));
  const seen = new Set<string>();
  const server = createHttpServer({
    handlers: handlers as CoordinatorHandlers,
    blobs: await DiskBlobStore.open(blobsDir, clock, parts.maxBlobBytes),
    networkInfo: {
      api: API_VERSION,
      software: 'lull test',
      name: 'test',
      practice: true,
      publicKey: signingKeyFromSeed(newSeed()).publicKey,
      feeBasisPoints: 0,
    },
    database: { kind: 'sqlite', ping: () => Promise.resolve() },
    checkNonce: (key, nonce) => {
      const fresh = !seen.has(`${key} ${nonce}`);
      seen.add(`${key} ${nonce}`);
      return Promise.resolve(fresh);
    },
    clock,
    logger: silentLogger,
    ...parts,
  });
  return {
    ...server,
    clock,
    blobsDir,
    async [Symbol.asyncDispose]() {
      await Promise.all([server.close(), clock.advance(2000)]);
      await rm(blobsDir, { recursive: true, force: true });
    },
  };
}
