// SPDX-License-Identifier: MIT
import type { Command } from 'commander';

import { ControlClient } from '../agent/adapters/control-socket-client.ts';
import { httpCoordinatorClient } from '../agent/adapters/coordinator-client.ts';
import { openKeychain } from '../agent/adapters/open-keychain.ts';
import { loadIdentity } from '../agent/identity.ts';
import type { CoordinatorClient } from '../agent/ports.ts';
import { patientClient } from '../agent/requester/patient-client.ts';
import type { NetworkInfo } from '../protocol/coordinator-api.ts';
import { LullError } from '../protocol/errors.ts';
import { silentLogger } from '../protocol/logger.ts';
import type { CliContext } from './context.ts';
import {
  ensureDataDir,
  keychainChoice,
  type KeychainOptions,
  withKeychainOptions,
} from './keychain-options.ts';

/** Options of every command that talks to a network. */
export interface NetworkOptions extends KeychainOptions {
  readonly network?: string;
}

export interface NetworkConnection {
  readonly client: CoordinatorClient;
  readonly info: NetworkInfo;
  /** it is the network of one that the agent of this computer runs: nobody else can agree with it */
  readonly isThisComputer: boolean;
}

export const withNetworkOptions = (command: Command): Command =>
  withKeychainOptions(
    command.option('--network <url>', "the network's address (default: the running agent's)"),
  );

/** The network that was named, or else the one that the running agent works for. */
async function findNetwork(
  context: CliContext,
  named: string | undefined,
): Promise<{ url: string; isThisComputer: boolean }> {
  if (named !== undefined) return { url: named, isThisComputer: false };
  try {
    const agent = await ControlClient.connect(context.dataDir, context.clock);
    try {
      const { network } = (await agent.send('snapshot', {})).state;
      return { url: network.url, isThisComputer: network.kind === 'this_computer' };
    } finally {
      agent.close();
    }
  } catch (error) {
    if (!(error instanceof LullError) || error.code !== 'agent_not_running') throw error;
    throw new LullError(
      'agent_not_running',
      'No network is named and no agent is running here. Add --network URL, or start the agent with `lull agent`.',
      { cause: error },
    );
  }
}

/** Connects to a network with the account of this data folder. */
export async function connectNetwork(
  context: CliContext,
  options: NetworkOptions,
): Promise<NetworkConnection> {
  const { url, isThisComputer } = await findNetwork(context, options.network);
  ensureDataDir(context.dataDir);
  const keychain = await openKeychain({
    dataFolder: context.dataDir,
    clock: context.clock,
    logger: silentLogger,
    ...keychainChoice(options),
  });
  const { device, account } = await loadIdentity(keychain);
  const client = httpCoordinatorClient({
    url,
    deviceKey: device,
    accountKey: account,
    clock: context.clock,
    logger: silentLogger,
  });
  // The first contact fails at once; what has begun waits for a coordinator that is started anew.
  const info = await client.call('network', {});
  const patient = patientClient(client, context.clock, () =>
    context.output.transient('The network does not answer; still trying …'),
  );
  return { client: patient, info, isThisComputer };
}
