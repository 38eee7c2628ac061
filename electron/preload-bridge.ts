// SPDX-License-Identifier: MIT
import type { IpcRenderer } from 'electron';

import type { Snapshot } from '../protocol/agent-state.ts';
import { type Bridge, type BridgeMessage, INTENTS, IPC_CHANNELS } from '../protocol/bridge.ts';
import type { WireError } from '../protocol/errors.ts';

type Ipc = Pick<IpcRenderer, 'invoke' | 'on' | 'removeListener'>;

const refusal = (message: string): WireError => ({ code: 'invalid_request', message });

/**
 * The bridge that preload exposes. A failed call rejects with the plain `{code, message, details}`: contextBridge
 * strips every property of an Error but its message, so the renderer's client rebuilds the LullError.
 */
export function ipcBridge(ipc: Ipc): Bridge {
  let lastId = 0;
  const call = async (name: string, request: unknown): Promise<unknown> => {
    // Thrown as plain objects on purpose, see above.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (typeof name !== 'string' || !Object.hasOwn(INTENTS, name)) throw refusal('There is no such intent.');
    lastId += 1;
    const answer = (await ipc.invoke(IPC_CHANNELS.call, { id: lastId, name, request })) as BridgeMessage;
    if (answer.type === 'answer') return answer.value;
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw answer.type === 'error' ? answer.error : refusal('The agent answered with something else.');
  };
  return {
    send: call as Bridge['send'],
    onSnapshot(listener) {
      const hear = (_event: unknown, message: { snapshot: Snapshot }): void => listener(message.snapshot);
      ipc.on(IPC_CHANNELS.snapshot, hear);
      return () => {
        ipc.removeListener(IPC_CHANNELS.snapshot, hear);
      };
    },
    onConnection(listener) {
      // The window does not outlive the process that holds the agent.
      listener(true);
      return () => undefined;
    },
  };
}
