// SPDX-License-Identifier: MIT
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';

import type { Snapshot } from '../../protocol/agent-state.ts';
import { bridgeCallSchema, type BridgeMessage } from '../../protocol/bridge.ts';
import { LullError, parseAt, toError, toWireError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';

/** Calls that one page may have under way. */
const MOST_CALLS = 64;
const POLICY_VIOLATION = 1008;

/** What a page needs of the agent. */
export interface WebAgent {
  /** parses and runs an intent, as `Agent.handle` does */
  readonly handle: (name: string, request: unknown) => Promise<unknown>;
  /** @returns stops listening */
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => () => void;
  readonly snapshot: () => Snapshot;
}

/** A message that names itself, even when the rest of it is wrong. */
const idSchema = z.looseObject({ id: z.int().nonnegative() });

/** Serves one page until its socket closes. A page that reads slowly gets fewer snapshots, and always the newest. */
export function serveBridge(socket: WebSocket, agent: WebAgent, logger: Logger): void {
  let calls = 0;
  let newest: Snapshot | undefined;
  let sending = false;

  const send = (message: BridgeMessage, sent?: () => void): void => {
    socket.send(JSON.stringify(message), (error) => {
      if (error) logger.debug('A page went away.', { error: error.message });
      else sent?.();
    });
  };
  const sendNewest = (): void => {
    if (newest === undefined || sending) return;
    const snapshot = newest;
    newest = undefined;
    sending = true;
    send({ type: 'snapshot', snapshot }, () => {
      sending = false;
      sendNewest();
    });
  };
  const publish = (snapshot: Snapshot): void => {
    newest = snapshot;
    sendNewest();
  };
  const answer = async (raw: unknown, id: number): Promise<BridgeMessage> => {
    try {
      const call = parseAt(bridgeCallSchema, raw, 'The call of the page');
      if (calls > MOST_CALLS)
        throw new LullError('rate_limited', 'The page asks too much at once: wait for answers.');
      return { type: 'answer', id, value: (await agent.handle(call.name, call.request)) ?? {} };
    } catch (error) {
      if (!(error instanceof LullError))
        logger.error('A call of the page failed.', { error: toError(error).stack });
      return { type: 'error', id, error: toWireError(error) };
    }
  };
  const receive = async (data: RawData, isBinary: boolean): Promise<void> => {
    const raw = isBinary ? undefined : jsonOf(data);
    const named = idSchema.safeParse(raw);
    if (!named.success) return socket.close(POLICY_VIOLATION, 'a call is JSON with an id');
    calls++;
    const message = await answer(raw, named.data.id);
    calls--;
    send(message);
  };

  const unsubscribe = agent.subscribe(publish);
  socket.on('close', unsubscribe);
  socket.on('error', (error) => logger.debug('A page broke its connection.', { error: error.message }));
  socket.on('message', (data, isBinary) => {
    receive(data, isBinary).catch((error: unknown) => {
      logger.error('A page could not be answered.', { error: toError(error).stack });
    });
  });
  publish(agent.snapshot());
}

function jsonOf(data: RawData): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : '');
  } catch {
    // Not a call: the page is told so.
    return undefined;
  }
}
