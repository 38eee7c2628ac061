// SPDX-License-Identifier: MIT
import type { Snapshot } from '../../protocol/agent-state.ts';
import { snapshotSchema } from '../../protocol/agent-state.ts';
import {
  type Bridge,
  type IntentName,
  type IntentRequest,
  type IntentResponse,
  INTENTS,
} from '../../protocol/bridge.ts';
import { LullError, parseAt, wireErrorSchema } from '../../protocol/errors.ts';

/** The bridge over what Electron's preload exposes, parsed on arrival like everything else. */
export class PreloadBridge implements Bridge {
  readonly #exposed: Bridge;

  constructor(exposed: Bridge) {
    this.#exposed = exposed;
  }

  async send<N extends IntentName>(name: N, request: IntentRequest<N>): Promise<IntentResponse<N>> {
    const answer: unknown = await this.#exposed.send(name, request).catch(rethrow);
    return parseAt(INTENTS[name].response, answer, 'the answer of Lull') as IntentResponse<N>;
  }

  onSnapshot(listener: (snapshot: Snapshot) => void): () => void {
    return this.#exposed.onSnapshot((snapshot) =>
      listener(parseAt(snapshotSchema, snapshot, 'the state of Lull')),
    );
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    return this.#exposed.onConnection(listener);
  }
}

/** The preload can only throw plain data; what comes out here is a LullError again. */
function rethrow(thrown: unknown): never {
  const wire = wireErrorSchema.safeParse(thrown);
  throw wire.success ? LullError.fromWire(wire.data) : thrown;
}
