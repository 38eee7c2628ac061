// SPDX-License-Identifier: MIT
import { z } from 'zod';

import type { Clock } from '../protocol/clock.ts';
import { API_VERSION } from '../protocol/coordinator-api.ts';
import { parseAt } from '../protocol/errors.ts';
import type { PublicKey } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import { MICRO_PER_CREDIT } from '../protocol/money.ts';
import { DiskBlobStore } from './blobs-on-disk.ts';
import { Coordinator } from './coordinator.ts';
import { createHttpServer } from './http/server.ts';
import { openStore } from './store.ts';

const PRACTICE_CREDITS = 1000n * MICRO_PER_CREDIT;

const addressSchema = z
  .string()
  .regex(/^(\[[0-9a-f:.]+\]|[^\s:[\]/]+):[0-9]{1,5}$/i, 'expected host:port, as 127.0.0.1:7117')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port < 65_536, 'expected a port below 65536');

/** What an operator decides. */
const coordinatorOptionsSchema = z.strictObject({
  /** `sqlite:PATH` or `postgres://…` */
  database: z.string().min(1),
  /** folder of the blobs; processes that share a database share it too */
  blobs: z.string().min(1),
  /** `host:port`; port 0 takes any that is free */
  listen: addressSchema,
  name: z.string().min(1).max(100),
  practice: z.boolean().default(false),
  /** how long a lease holds without being renewed by a poll, ms */
  leaseMs: z.coerce.number().int().min(1000).max(3_600_000).default(60_000),
  feeBasisPoints: z.coerce.number().int().min(0).max(5000).default(0),
  /** micro-credits, granted once to each account; a practice network gives 1000 credits by default */
  startingCredits: z.coerce.bigint().nonnegative().optional(),
  /** name and version of this program, as `lull 0.1.0` */
  software: z.string().min(1).max(50).default('lull'),
});
export type RunOptions = z.input<typeof coordinatorOptionsSchema>;

interface RunningCoordinator {
  readonly url: string;
  readonly publicKey: PublicKey;
  /** Ends held polls, lets what is under way finish, closes the database. May be called twice. */
  stop(): Promise<void>;
}

interface Host {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Starts a coordinator: database, blobs, ledger, doors.
 * @throws {LullError} `invalid_request`, `already_open`, `database_too_new`, `disk_full`, `unreachable`, `port_in_use`;
 *   nothing is left running then.
 */
export async function runCoordinator(
  options: RunOptions,
  { clock, logger }: Host,
): Promise<RunningCoordinator> {
  const { database, listen, startingCredits, software, ...rest } = parseAt(
    coordinatorOptionsSchema,
    options,
    "The coordinator's options",
  );
  const { name, practice, feeBasisPoints, leaseMs } = rest;
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
  };
  try {
    const blobs = await DiskBlobStore.open(rest.blobs, clock);
    const store = await openStore(database, logger);
    ends.push(() => store.close());

    const coordinator = new Coordinator({
      store,
      clock,
      logger,
      network: {
        name,
        practice,
        feeBasisPoints,
        leaseMs,
        startingCredits: startingCredits ?? (practice ? PRACTICE_CREDITS : 0n),
      },
      hasBlob: async (hash) => (await blobs.stat(hash)) !== undefined,
    });
    ends.push(() => coordinator.stop());
    await coordinator.start(new AbortController().signal);

    const { publicKey } = coordinator;
    const server = createHttpServer({
      handlers: coordinator.handlers,
      blobs,
      networkInfo: { api: API_VERSION, software, name, practice, publicKey, feeBasisPoints },
      database: store,
      checkNonce: (key, nonce, at) => coordinator.checkNonce(key, nonce, at),
      clock,
      logger,
    });
    ends.push(() => server.close());
    const { url } = await server.listen(listen);
    logger.info('The coordinator serves.', { url, database: store.kind, publicKey });
    let stopping: Promise<void> | undefined;
    return { url, publicKey, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}
