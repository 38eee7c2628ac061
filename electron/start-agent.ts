// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { openDataFolder } from '../agent/adapters/data-folder.ts';
import { fileLogger } from '../agent/adapters/file-logger.ts';
import type { ForkProgram } from '../agent/adapters/fork-program.ts';
import { startHost } from '../agent/host.ts';
import type { WorkerPool } from '../agent/ports.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import type { RunningAgent, ShellParts } from './shell.ts';

export interface StartAgentOptions {
  readonly clock: Clock;
  /** the version of this Lull */
  readonly version: string;
  readonly programs: { readonly coordinator: string; readonly examples: string };
  readonly workerPool: (parts: { clock: Clock; logger: Logger; fork: ForkProgram }) => WorkerPool;
  /** false: keep the keys in a file even where there is a system keychain */
  readonly useSystemKeychain: boolean;
  readonly passphrase: string | undefined;
}

/**
 * Starts the very agent that the headless host runs, on what Electron adds to it.
 * @throws {LullError} what `openDataFolder` and `startHost` say
 */
export async function startAgent(
  { clock, version, programs, workerPool, useSystemKeychain, passphrase }: StartAgentOptions,
  parts: ShellParts,
  signal: AbortSignal,
): Promise<RunningAgent> {
  const { dataDir, network, fork, sensors, keepAwake, autostart, onOpen, onQuit } = parts;
  const folder = openDataFolder(dataDir);
  const logger = fileLogger({ path: join(dataDir, 'logs', 'agent.log'), clock });
  const host = await startHost(
    {
      folder,
      kind: 'electron',
      software: `lull ${version}`,
      network,
      programs,
      workerPool: workerPool({ clock, logger, fork }),
      fork,
      sensors,
      keepAwake,
      autostart,
      keychain: { useSystem: useSystemKeychain, passphrase },
      calls: {
        openUrl: () => {
          onOpen();
          return { url: null };
        },
        quit: () => {
          onQuit();
          return {};
        },
      },
      clock,
      logger,
    },
    signal,
  );
  return { agent: host.agent, logger, stop: () => host.stop() };
}
