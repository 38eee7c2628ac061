// SPDX-License-Identifier: MIT
import { localTime } from '../../agent/adapters/local-time.ts';
import { Agent } from '../../agent/agent.ts';
import type { AgentOptions } from '../../agent/agent-ports.ts';
import type { Identity } from '../../agent/identity.ts';
import { NetworkUsage } from '../../agent/network-usage.ts';
import type { AgentStore } from '../../agent/ports.ts';
import { type AgentState, agentStateSchema, type SlotState } from '../../protocol/agent-state.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { Settings } from '../../protocol/settings.ts';
import { newSeed, signingKeyFromSeed } from '../../protocol/signatures.ts';
import { FakeAgentStore } from './fake-agent-store.ts';
import { FakeBlobCache } from './fake-blob-cache.ts';
import { FakeCheckpointStore } from './fake-checkpoint-store.ts';
import { FakeCoordinator } from './fake-coordinator.ts';
import { FakeAutostart, FakeKeepAwake } from './fake-host-services.ts';
import { FakePowerMeter } from './fake-power-meter.ts';
import { FakeSensors } from './fake-sensors.ts';
import { FakeSettingsStore } from './fake-settings-store.ts';
import { ScriptedWorkers } from './scripted-workers.ts';
import { TestClock } from './test-clock.ts';

export const SYSTEM = {
  platform: 'linux',
  arch: 'x64',
  cpuModel: 'test',
  threads: 4,
  gpus: 0,
  totalMemoryBytes: 16_000_000_000,
} satisfies AgentOptions['system'];

const CONSENTED = { consentGivenAt: 1, awayCpuPercent: 50 } satisfies Partial<Settings>;

interface Choices {
  readonly settings?: unknown;
  readonly options?: Partial<AgentOptions>;
  readonly store?: AgentStore & { full?: boolean };
  readonly checkpoints?: FakeCheckpointStore;
  readonly sensors?: FakeSensors;
  readonly coordinator?: FakeCoordinator;
  readonly clock?: TestClock;
  readonly identity?: Identity;
}

/** An agent with four threads among fakes, and hands on all of them. */
export function agentUnderTest(choices: Choices = {}) {
  const clock = choices.clock ?? new TestClock();
  const sensors = choices.sensors ?? new FakeSensors();
  const powerMeter = new FakePowerMeter();
  const autostart = new FakeAutostart();
  const keepAwake = new FakeKeepAwake();
  const settings = new FakeSettingsStore(choices.settings ?? CONSENTED);
  const store = choices.store ?? new FakeAgentStore();
  const cache = new FakeBlobCache();
  const checkpoints = choices.checkpoints ?? new FakeCheckpointStore();
  const workers = new ScriptedWorkers();
  const coordinator = choices.coordinator ?? new FakeCoordinator(clock);
  const identity = choices.identity ?? {
    device: signingKeyFromSeed(newSeed()),
    account: signingKeyFromSeed(newSeed()),
  };
  const networkUsage = new NetworkUsage({
    clock,
    logger: silentLogger,
    localTime,
    store,
    settings: () => agent.settings,
  });
  const agent: Agent = new Agent(
    {
      clock,
      logger: silentLogger,
      localTime,
      sensors,
      powerMeter,
      networkUsage,
      autostart,
      keepAwake,
      settings,
      store,
      cache,
      checkpoints,
      workerPool: workers,
      client: coordinator,
      identity,
      random: () => 1,
    },
    {
      host: { kind: 'headless', software: 'lull test', pid: 1 },
      network: { kind: 'remote', url: coordinator.url },
      keychain: 'system',
      system: SYSTEM,
      ...choices.options,
    },
  );
  const state = (): AgentState => agentStateSchema.parse(agent.snapshot().state);
  return {
    agent,
    clock,
    sensors,
    powerMeter,
    networkUsage,
    autostart,
    keepAwake,
    settings,
    store,
    cache,
    checkpoints,
    workers,
    coordinator,
    identity,
    /** the state, checked against its schema */
    state,
    slots: (): SlotState['state'][] => state().slots.map((slot) => slot.state),
    reasons: (): string[] => state().decision.reasons.map((reason) => reason.code),
    /** Starts it and lets the first poll end. */
    start: async (): Promise<void> => {
      await agent.start(new AbortController().signal);
      await clock.advance(0);
    },
    stop: async (): Promise<void> => {
      const stopped = agent.stop();
      await clock.advance(5000);
      await stopped;
    },
  };
}
