// SPDX-License-Identifier: MIT
import type { AgentState } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Capabilities, RouteInput } from '../protocol/coordinator-api.ts';
import { signDeviceLink } from '../protocol/coordinator-api.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Settings } from '../protocol/settings.ts';
import type { Identity } from './identity.ts';
import type { NetworkUsage } from './network-usage.ts';
import type {
  AgentStore,
  Autostart,
  BlobCache,
  CheckpointStore,
  CoordinatorClient,
  KeepAwake,
  Keychain,
  LocalTime,
  PowerMeter,
  Sensors,
  SettingsStore,
  WorkerPool,
} from './ports.ts';

/** Everything outside that an agent is made with. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly localTime: LocalTime;
  readonly sensors: Sensors;
  readonly powerMeter: PowerMeter;
  readonly networkUsage: NetworkUsage;
  readonly autostart: Autostart;
  readonly keepAwake: KeepAwake;
  readonly settings: SettingsStore;
  readonly store: AgentStore;
  readonly cache: BlobCache;
  readonly checkpoints: CheckpointStore;
  readonly workerPool: WorkerPool;
  readonly client: CoordinatorClient;
  readonly identity: Identity;
  /** from 0 up to 1, for spreading waits; Math.random when absent */
  readonly random?: () => number;
}

/** What this computer is. */
export type SystemInfo = Pick<Capabilities, 'platform' | 'arch' | 'cpuModel' | 'threads'> & {
  /** graphics processors that tasks could use */
  readonly gpus: number;
  /** all of the memory, bytes */
  readonly totalMemoryBytes: number;
};

/** What does not change while an agent lives. */
export interface AgentOptions {
  readonly host: AgentState['host'];
  readonly network: { readonly kind: AgentState['network']['kind']; readonly url: string };
  readonly keychain: Keychain['kind'];
  readonly system: SystemInfo;
  /** what the host already knows that the owner should know */
  readonly problems?: readonly { readonly code: string; readonly message: string }[];
  /** network of one only: submits another round of example jobs */
  readonly practiceAgain?: () => Promise<void>;
}

/** The largest share of the memory that any task may ever have: of the profiles that run anything at all, %. */
export function mostMemoryPercent(settings: Settings): number {
  const { awayCpuPercent, awayMemoryPercent, inUseCpuPercent, inUseMemoryPercent } = settings;
  if (inUseCpuPercent === 0) return awayMemoryPercent;
  return awayCpuPercent === 0 ? inUseMemoryPercent : Math.max(awayMemoryPercent, inUseMemoryPercent);
}

/** What the device says of itself to its network; no name that tells whose computer it is. */
export function registrationOf(
  { identity }: Pick<AgentPorts, 'identity'>,
  { host, system }: Pick<AgentOptions, 'host' | 'system'>,
  settings: Settings,
): RouteInput<'register'>['body'] {
  const { platform, arch, cpuModel, threads, totalMemoryBytes } = system;
  return {
    account: identity.account.publicKey,
    link: signDeviceLink(identity.account, identity.device.publicKey),
    name: `${platform} ${arch}`,
    capabilities: {
      software: host.software,
      platform,
      arch,
      cpuModel,
      threads,
      memoryBytes: Math.floor((totalMemoryBytes * mostMemoryPercent(settings)) / 100),
      moduleKinds: ['wasi', 'stepped'],
    },
  };
}
