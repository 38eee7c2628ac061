// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openKeychain } from '../../../agent/adapters/open-keychain.ts';
import { openSqliteAgentStore } from '../../../agent/adapters/sqlite-agent-store.ts';
import { systemClock } from '../../../agent/adapters/system-clock.ts';
import type { Agent } from '../../../agent/agent.ts';
import { assembleAgent } from '../../../agent/assemble.ts';
import { type AgentState, agentStateSchema } from '../../../protocol/agent-state.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeAutostart, FakeKeepAwake } from '../../support/fake-host-services.ts';
import { FakePowerMeter } from '../../support/fake-power-meter.ts';
import { FakeSensors } from '../../support/fake-sensors.ts';
import { freePort } from '../../support/processes.ts';
import { ScriptedWorkers } from '../../support/scripted-workers.ts';

let folder: string;
const agents: Agent[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-assemble-'));
});

afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
  rmSync(folder, { recursive: true });
});

async function assembled(url: string, kind: AgentState['network']['kind'] = 'remote'): Promise<Agent> {
  const common = { clock: systemClock, logger: silentLogger };
  const agent = await assembleAgent({
    dataFolder: folder,
    hostKind: 'headless',
    software: 'lull 0.1.0',
    network: { kind, url },
    sensors: new FakeSensors(),
    powerMeter: () => new FakePowerMeter(),
    autostart: new FakeAutostart(),
    keepAwake: new FakeKeepAwake(),
    workerPool: new ScriptedWorkers(),
    keychain: await openKeychain({ dataFolder: folder, useSystem: false, ...common }),
    ...common,
  });
  agents.push(agent);
  return agent;
}

const stateOf = (agent: Agent): AgentState => agentStateSchema.parse(agent.snapshot().state);

describe('an agent from a data folder', () => {
  it('is the same device and account each time, keeps its settings, and says how its keys are kept', async () => {
    const first = await assembled('http://127.0.0.1:1');
    await first.start(new AbortController().signal);
    await first.handle('setSettings', { idleMinutes: 17 });
    const before = stateOf(first);
    await first.stop();
    const second = stateOf(await assembled('http://127.0.0.1:1'));
    expect(second).toMatchObject({
      device: before.device,
      account: before.account,
      keychain: 'file_permissions',
    });
    expect(second.settings.idleMinutes).toBe(17);
    expect(second.problems).toMatchObject([{ code: 'keys_not_encrypted' }]);
    expect(second.threads).toBeGreaterThan(0);
  });

  it('has a memory of its own for each network, and one for the network of this computer whatever its port', async () => {
    await assembled('http://127.0.0.1:1', 'this_computer');
    await assembled('http://127.0.0.1:2', 'this_computer');
    await assembled('http://127.0.0.1:1');
    await assembled('http://127.0.0.1:1/');
    await assembled('http://127.0.0.1:2');
    const networks = readdirSync(join(folder, 'networks')).sort();
    expect(networks).toHaveLength(3);
    expect(networks).toContain('this-computer');
  });

  it('goes offline with a sentence when nobody answers', async () => {
    const agent = await assembled(`http://127.0.0.1:${await freePort()}`);
    await agent.start(new AbortController().signal);
    await agent.handle('acceptConsent', {});
    const state = await eventually('it says so', () => {
      const now = stateOf(agent);
      return now.network.connection === 'offline' && now;
    });
    expect(state.network.message).toMatch(/\.$/);
    expect(state.decision.reasons.map(({ code }) => code)).toEqual(['offline']);
  });

  it('tells of a settings file that could not be read, and runs on', async () => {
    writeFileSync(join(folder, 'settings.json'), '{"awayCpuPercent": 10,');
    const { problems, settings } = stateOf(await assembled('http://127.0.0.1:1'));
    expect(problems.find(({ code }) => code === 'bad_settings')?.message).toContain('settings.json.bad-1');
    expect(settings.awayCpuPercent).toBe(50);
  });

  it('refuses the database of a newer Lull', async () => {
    const agent = await assembled('http://127.0.0.1:1', 'this_computer');
    await agent.stop();
    const path = join(folder, 'networks', 'this-computer', 'agent.db');
    openSqliteAgentStore(path).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(assembled('http://127.0.0.1:1', 'this_computer')).rejects.toMatchObject({
      code: 'database_too_new',
    });
  });
});
