// SPDX-License-Identifier: MIT
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { SigningKey } from '../protocol/signatures.ts';
import { httpCoordinatorClient } from './adapters/coordinator-client.ts';
import { EmbeddedCoordinator } from './adapters/embedded-coordinator.ts';
import type { ForkProgram } from './adapters/fork-program.ts';
import type { CoordinatorClient, Keychain } from './ports.ts';
import type { Practice } from './practice.ts';

export interface NetworkOfOneParts {
  readonly dataDir: string;
  /** the coordinator's program */
  readonly entry: string;
  /** folder of the example jobs */
  readonly examplesDir: string;
  readonly fork?: ForkProgram;
  readonly keychain: Keychain;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface NetworkOfOne {
  readonly url: string;
  /** Submits the example jobs, in the background, if they never were; what fails is tried at the next start. */
  seed(): void;
  practiceAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the coordinator of this computer, with its database and blobs in the data folder. */
export async function startNetworkOfOne(
  parts: NetworkOfOneParts,
  signal: AbortSignal,
): Promise<NetworkOfOne> {
  const { clock, logger, keychain, examplesDir, entry, fork } = parts;
  const folder = join(parts.dataDir, 'coordinator');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const coordinator = new EmbeddedCoordinator({
    entry,
    databaseFile: join(folder, 'coordinator.db'),
    blobsDir: join(folder, 'blobs'),
    clock,
    logger,
    ...(fork && { fork }),
  });
  await coordinator.start(signal);
  const { url } = coordinator;
  const stopping = new AbortController();

  const practice = async (): Promise<Practice> => {
    // Loaded for a moment's work: the agent lives long and stays small without it.
    const { Practice } = await import('./practice.ts');
    const clientFor = (account: SigningKey): CoordinatorClient =>
      httpCoordinatorClient({ url, deviceKey: account, accountKey: account, clock, logger });
    return new Practice({ examplesDir, keychain, clientFor, logger });
  };

  let seeding: Promise<void> | undefined;
  const seed = async (): Promise<void> => {
    try {
      await (await practice()).seed(stopping.signal);
    } catch (error) {
      if (stopping.signal.aborted) return;
      logger.error('The practice jobs were not submitted.', { error: toError(error).message });
    }
  };

  return {
    url,
    seed: () => {
      seeding ??= seed();
    },
    practiceAgain: async () => (await practice()).again(stopping.signal),
    stop: async () => {
      stopping.abort();
      await coordinator.stop();
      await seeding;
    },
  };
}
