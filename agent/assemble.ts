// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { AgentState } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import { ConfSettingsStore } from './adapters/conf-settings-store.ts';
import { httpCoordinatorClient } from './adapters/coordinator-client.ts';
import { openDiskBlobCache } from './adapters/disk-blob-cache.ts';
import { openDiskCheckpointStore } from './adapters/disk-checkpoint-store.ts';
import { localTime } from './adapters/local-time.ts';
import { keychainProblem } from './adapters/open-keychain.ts';
import { openSqliteAgentStore } from './adapters/sqlite-agent-store.ts';
import { systemInfo } from './adapters/system-info.ts';
import { Agent } from './agent.ts';
import { loadIdentity } from './identity.ts';
import { NetworkUsage } from './network-usage.ts';
import { GIGABYTE } from './policy/disk.ts';
import type { Autostart, KeepAwake, Keychain, PowerMeter, Sensors, WorkerPool } from './ports.ts';

export interface Assembly {
  /** a folder that this process has taken (`openDataFolder`) */
  readonly dataFolder: string;
  readonly hostKind: AgentState['host']['kind'];
  /** name and version of this program, as `lull 0.1.0` */
  readonly software: string;
  readonly network: { readonly kind: AgentState['network']['kind']; readonly url: string };
  readonly sensors: Sensors;
  /** @param cpuWatts the processor's rated power as the owner set it, W; null: not known */
  readonly powerMeter: (cpuWatts: () => number | null) => PowerMeter;
  readonly autostart: Autostart;
  readonly keepAwake: KeepAwake;
  readonly workerPool: WorkerPool;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keychain: Keychain;
  /** network of one only: submits another round of example jobs */
  readonly practiceAgain?: () => Promise<void>;
}

/** One agent database per network; the network of one is the same whatever port it has got. */
function networkId({ kind, url }: Assembly['network']): string {
  if (kind === 'this_computer') return 'this-computer';
  return createHash('sha256').update(new URL(url).href).digest('hex').slice(0, 16);
}

/**
 * Makes an agent from a data folder and what only its host has. The caller starts it, and stops it.
 * @throws {LullError} `database_too_new`, `disk_full`, and what the keychain says
 */
export async function assembleAgent(assembly: Assembly): Promise<Agent> {
  const { dataFolder, network, clock, logger, sensors, workerPool, keychain, practiceAgain } = assembly;
  const { autostart, keepAwake } = assembly;
  const identity = await loadIdentity(keychain);
  const settings = new ConfSettingsStore(dataFolder);
  const networkFolder = join(dataFolder, 'networks', networkId(network));
  mkdirSync(networkFolder, { recursive: true, mode: 0o700 });
  const store = openSqliteAgentStore(join(networkFolder, 'agent.db'));
  const networkUsage = new NetworkUsage({ clock, logger, localTime, store, settings: () => agent.settings });
  const client = httpCoordinatorClient({
    url: network.url,
    deviceKey: identity.device,
    accountKey: identity.account,
    clock,
    logger,
    // What stays on this computer is nobody's traffic.
    traffic: network.kind === 'remote' ? networkUsage : undefined,
  });
  const problem = keychainProblem(keychain);
  const limits = (): { mostBytes: number; keepFreeBytes: number } => {
    const { diskGigabytes, keepFreeGigabytes } = agent.settings;
    return { mostBytes: diskGigabytes * GIGABYTE, keepFreeBytes: keepFreeGigabytes * GIGABYTE };
  };
  const agent: Agent = new Agent(
    {
      clock,
      logger,
      localTime,
      sensors,
      powerMeter: assembly.powerMeter(() => agent.settings.cpuWatts),
      networkUsage,
      autostart,
      keepAwake,
      settings,
      store,
      workerPool,
      client,
      identity,
      cache: await openDiskBlobCache({ folder: join(dataFolder, 'cache', 'blobs'), clock, limits }),
      checkpoints: await openDiskCheckpointStore({ folder: join(networkFolder, 'checkpoints'), limits }),
    },
    {
      host: { kind: assembly.hostKind, software: assembly.software, pid: process.pid },
      network,
      keychain: keychain.kind,
      system: systemInfo(),
      problems: problem === undefined ? [] : [problem],
      ...(practiceAgain === undefined ? {} : { practiceAgain }),
    },
  );
  return agent;
}
