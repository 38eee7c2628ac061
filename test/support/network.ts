// SPDX-License-Identifier: MIT
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { type AgentState, agentStateSchema } from '../../protocol/agent-state.ts';
import { type LedgerEntry, ledgerEntrySchema } from '../../protocol/ledger.ts';
import { DIST, TestProcess } from './processes.ts';

/** Real processes of one network, all on loopback, each in a folder of its own. */

const LULL = join(DIST, 'lull.js');

interface CoordinatorOptions {
  readonly folder: string;
  readonly port: number;
  /** defaults to SQLite in the folder */
  readonly database?: string;
  readonly leaseSeconds?: number;
  readonly startingCredits?: string;
  readonly feePercent?: string;
}

/** Starts `lull coordinator` and waits until it serves. */
export async function startCoordinator(options: CoordinatorOptions): Promise<TestProcess> {
  const process = new TestProcess('coordinator', globalThis.process.execPath, [
    LULL,
    'coordinator',
    '--listen',
    `127.0.0.1:${options.port}`,
    '--database',
    options.database ?? `sqlite:${join(options.folder, 'coordinator.db')}`,
    '--blobs',
    join(options.folder, 'blobs'),
    '--name',
    'test',
    '--lease-seconds',
    String(options.leaseSeconds ?? 20),
    '--starting-credits',
    options.startingCredits ?? '100000',
    '--fee-percent',
    options.feePercent ?? '5',
  ]);
  await process.prints(new RegExp(`127\\.0\\.0\\.1:${options.port}`));
  return process;
}

/** Settings of a device that works at once, whoever sits at it, whatever else runs there and whatever it cannot sense. */
export const ALWAYS_ON = {
  settingsVersion: 2,
  consentGivenAt: 1,
  awayCpuPercent: 100,
  inUseCpuPercent: 100,
  runOnBattery: true,
  batteryAbovePercent: 0,
  runOnPowerSaver: true,
  stopWhenHot: false,
  busyPercent: 100,
  stopOnFullScreen: false,
  stopOnPresentation: false,
  stopOnCall: false,
  runOnMetered: true,
  keepFreeMemoryGigabytes: 0,
  keepFreeGigabytes: 0,
};

interface DeviceOptions {
  readonly data: string;
  readonly network?: string;
  readonly settings?: Record<string, unknown>;
}

/** Starts `lull agent` headless on a data folder that persists between starts. */
export async function startDevice(options: DeviceOptions): Promise<TestProcess> {
  await mkdir(options.data, { recursive: true, mode: 0o700 });
  const settings = join(options.data, 'settings.json');
  const stored = await readFile(settings, 'utf8').catch(() => undefined);
  if (stored === undefined) await writeFile(settings, JSON.stringify(options.settings ?? ALWAYS_ON));
  const network = options.network === undefined ? [] : ['--network', options.network];
  const device = new TestProcess('agent', process.execPath, [
    LULL,
    'agent',
    '--data',
    options.data,
    '--keychain',
    'file',
    '--no-open',
    ...network,
  ]);
  await device.prints(/http:\/\/127\.0\.0\.1:[0-9]+\/\S+/);
  return device;
}

/** Runs one `lull` command to its end. */
export async function lull(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const command = new TestProcess(`lull ${args[0] ?? ''}`, process.execPath, [LULL, ...args]);
  const code = await command.exited;
  return { code, output: command.output };
}

/** Runs one `lull … --json` command and parses what it printed; throws with the output when it failed. */
export async function lullJson<S extends z.ZodType>(
  schema: S,
  ...args: readonly string[]
): Promise<z.output<S>> {
  const { code, output } = await lull(...args, '--json');
  if (code !== 0) throw new Error(`lull ${args.join(' ')} ended with ${String(code)}:\n${output}`);
  return schema.parse(JSON.parse(output));
}

/** The agent's state, through `lull status --json`. */
export const statusOf = (data: string): Promise<AgentState> =>
  lullJson(agentStateSchema, 'status', '--data', data);

/** Every entry of a network's ledger. */
export async function ledgerOf(url: string): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (;;) {
    const answer = await fetch(`${url}/v1/ledger/entries?from=${entries.length}&limit=1000`);
    const page = z.object({ entries: z.array(ledgerEntrySchema) }).parse(await answer.json()).entries;
    if (page.length === 0) return entries;
    entries.push(...page);
  }
}
