// SPDX-License-Identifier: MIT
import { ControlClient } from '../agent/adapters/control-socket-client.ts';
import type { CliContext } from './context.ts';

/** Talks to the agent that runs on the data folder, then hangs up. */
export async function withAgent<T>(
  context: CliContext,
  talk: (agent: ControlClient) => Promise<T>,
): Promise<T> {
  const agent = await ControlClient.connect(context.dataDir, context.clock);
  try {
    return await talk(agent);
  } finally {
    agent.close();
  }
}
