// SPDX-License-Identifier: MIT
import type { AgentState } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import { ControlSocket, type HostCalls } from './adapters/control-socket.ts';
import type { DataFolder } from './adapters/data-folder.ts';
import type { ForkProgram } from './adapters/fork-program.ts';
import { NO_AUTOSTART, NO_KEEP_AWAKE } from './adapters/not-offered.ts';
import { openKeychain } from './adapters/open-keychain.ts';
import { powerMeter } from './adapters/power/power-meter.ts';
import { hostSensors } from './adapters/sensors/host-sensors.ts';
import { systemInfo } from './adapters/system-info.ts';
import type { Agent } from './agent.ts';
import { assembleAgent } from './assemble.ts';
import { startNetworkOfOne } from './network-of-one.ts';
import type { Autostart, KeepAwake, Sensors, WorkerPool } from './ports.ts';

export interface HostParts {
  /** taken by this process already; given back at the end of `stop`, and when the start fails */
  readonly folder: DataFolder;
  readonly kind: AgentState['host']['kind'];
  /** name and version of this program, as `lull 0.1.0` */
  readonly software: string;
  /** a network's address; undefined: a network of one on this computer */
  readonly network: string | undefined;
  readonly programs: { readonly coordinator: string; readonly examples: string };
  readonly workerPool: WorkerPool;
  /** how this host starts programs; Node's `fork` by default */
  readonly fork?: ForkProgram;
  /** what this host knows beyond what plain Node does */
  readonly sensors?: (plain: Sensors) => Sensors;
  /** how this host starts with the session; none: it cannot */
  readonly autostart?: Autostart;
  /** how this host keeps the computer awake; none: it cannot */
  readonly keepAwake?: KeepAwake;
  readonly keychain: { readonly useSystem: boolean; readonly passphrase: string | undefined };
  /** what the owner's programs may ask of this host */
  readonly calls: HostCalls;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningHost {
  readonly agent: Agent;
  /** Ends the agent, its workers and its coordinator, and gives the data folder back. */
  stop(): Promise<void>;
}

type Undo = () => Promise<void> | void | undefined;

/**
 * Starts everything that both hosts have: keys, the network of one where none is named, the agent with its
 * workers, and the control socket. When it throws, nothing of it is left running.
 * @throws {LullError} what the keychain, the coordinator or the agent's databases say
 */
export async function startHost(parts: HostParts, signal: AbortSignal): Promise<RunningHost> {
  const undo: Undo[] = [() => parts.folder.close()];
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
      try {
        await step();
      } catch (error) {
        parts.logger.error('A part failed to end; the others are ended.', { error: toError(error).message });
      }
    }
  };
  try {
    return { agent: await start(parts, signal, undo), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(parts: HostParts, signal: AbortSignal, undo: Undo[]): Promise<Agent> {
  const { folder, programs, fork, clock, logger } = parts;
  const keychain = await openKeychain({ dataFolder: folder.path, clock, logger, ...parts.keychain });
  const own =
    parts.network === undefined
      ? await startNetworkOfOne(
          {
            dataDir: folder.path,
            entry: programs.coordinator,
            examplesDir: programs.examples,
            ...(fork && { fork }),
            keychain,
            clock,
            logger,
          },
          signal,
        )
      : undefined;
  undo.push(() => own?.stop());
  // The sensors are read before there is an agent.
  const made: { agent?: Agent } = {};
  const plain = hostSensors({
    clock,
    logger,
    dataFolder: folder.path,
    workersCpuSeconds: () => made.agent?.workersCpuSeconds ?? 0,
    desktop: parts.kind === 'electron',
  });
  const agent = await assembleAgent({
    dataFolder: folder.path,
    hostKind: parts.kind,
    software: parts.software,
    network: { kind: own === undefined ? 'remote' : 'this_computer', url: own?.url ?? parts.network ?? '' },
    sensors: parts.sensors?.(plain) ?? plain,
    powerMeter: (cpuWatts) => powerMeter({ clock, threads: systemInfo().threads, cpuWatts }),
    autostart: parts.autostart ?? NO_AUTOSTART,
    keepAwake: parts.keepAwake ?? NO_KEEP_AWAKE,
    workerPool: parts.workerPool,
    clock,
    logger,
    keychain,
    ...(own && { practiceAgain: () => own.practiceAgain() }),
  });
  made.agent = agent;
  undo.push(() => agent.stop());
  await agent.start(signal);
  const socket = new ControlSocket({
    dataDir: folder.path,
    handle: (name, request) => agent.handle(name, request),
    host: parts.calls,
    logger,
  });
  undo.push(() => socket.stop());
  await socket.start();
  own?.seed();
  return agent;
}
