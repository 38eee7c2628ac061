// SPDX-License-Identifier: MIT
import type { IpcMain } from 'electron';

import type { Snapshot } from '../protocol/agent-state.ts';
import { bridgeCallSchema, type BridgeMessage, IPC_CHANNELS } from '../protocol/bridge.ts';
import { LullError, parseAt, toError, toWireError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { AgentFace } from './agent-face.ts';
import type { Windows } from './windows.ts';

type Face = Pick<Windows, 'isOwnFrame' | 'sendIfShown' | 'onShown'>;

/** The id to answer to, from a message that may be anything. */
const idOf = (message: unknown): number => {
  const id: unknown =
    typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : 0;
};

/**
 * Connects the window and the agent by the two channels there are. Every intent is a name of INTENTS; the agent
 * parses its request by the schema of that name.
 * @returns disconnects
 */
export function connectWindow(
  ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>,
  windows: Face,
  agent: AgentFace,
  logger: Logger,
): () => void {
  ipcMain.handle(IPC_CHANNELS.call, async (event, message: unknown): Promise<BridgeMessage> => {
    try {
      if (!windows.isOwnFrame(event.sender, event.senderFrame)) {
        throw new LullError('forbidden', 'Only the page of the Lull window may speak to the agent.');
      }
      const call = parseAt(bridgeCallSchema, message, 'The message from the window');
      return { type: 'answer', id: call.id, value: await agent.handle(call.name, call.request) };
    } catch (error) {
      if (!(error instanceof LullError)) logger.error('An intent failed.', { error: toError(error).stack });
      else if (error.code === 'forbidden') logger.warn('A message from another page was refused.');
      return { type: 'error', id: idOf(message), error: toWireError(error) };
    }
  });
  const send = (snapshot: Snapshot): void => {
    windows.sendIfShown(IPC_CHANNELS.snapshot, { type: 'snapshot', snapshot } satisfies BridgeMessage);
  };
  const stopPublishing = agent.subscribe(send);
  const stopShowing = windows.onShown(() => send(agent.snapshot()));
  return () => {
    stopPublishing();
    stopShowing();
    ipcMain.removeHandler(IPC_CHANNELS.call);
  };
}
