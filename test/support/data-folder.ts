// SPDX-License-Identifier: MIT
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { openKeychain } from '../../agent/adapters/open-keychain.ts';
import { openSqliteAgentStore } from '../../agent/adapters/sqlite-agent-store.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import type { Keychain } from '../../agent/ports.ts';
import type { AttemptId } from '../../protocol/ids.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { newSeed } from '../../protocol/signatures.ts';

async function keychainOf(dataFolder: string): Promise<Keychain> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  return openKeychain({ dataFolder, clock: systemClock, logger: silentLogger, useSystem: false });
}

/** Gives data folders that no agent has used yet one account. */
export async function shareAccount(...dataFolders: readonly string[]): Promise<void> {
  const account = newSeed();
  for (const folder of dataFolders) await (await keychainOf(folder)).set('account', account);
}

/** Attempts whose results wait in a stopped agent's outbox. */
export async function unsentAttempts(dataFolder: string): Promise<AttemptId[]> {
  const networks = join(dataFolder, 'networks');
  const attempts: AttemptId[] = [];
  for (const network of await readdir(networks)) {
    const store = openSqliteAgentStore(join(networks, network, 'agent.db'));
    attempts.push(...store.outboxAttempts());
    store.close();
  }
  return attempts;
}
