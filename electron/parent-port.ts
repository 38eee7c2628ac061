// SPDX-License-Identifier: MIT
import type { ParentPort } from 'electron';

/** What a program started by `fork` finds on its `process`. */
export type ForkedProcess = NodeJS.EventEmitter & {
  argv: string[];
  connected?: boolean;
  send?: unknown;
};

/**
 * Gives a utility process the channel that a forked Node child has, so that the worker and the coordinator are
 * the same programs in both hosts.
 * @returns the program to load; the arguments are left as it expects them
 */
export function speakAsForkedChild(
  process: ForkedProcess,
  port: Pick<ParentPort, 'on' | 'postMessage'>,
): string {
  process.argv.splice(1, 1);
  const entry = process.argv[1];
  if (entry === undefined) throw new Error('The program to run is missing from the arguments.');
  process.connected = true;
  process.send = (message: unknown, ...more: unknown[]): boolean => {
    port.postMessage(message);
    // Node's last argument: called when the message is on its way.
    const sent = more.at(-1);
    if (typeof sent === 'function') queueMicrotask(sent as () => void);
    return true;
  };
  // As Node does: what arrives before the program listens waits for it.
  const waiting: unknown[] = [];
  port.on('message', ({ data }: { data: unknown }) => {
    if (process.listenerCount('message') === 0) waiting.push(data);
    else process.emit('message', data);
  });
  process.on('newListener', (name: string | symbol) => {
    if (name !== 'message' || waiting.length === 0) return;
    queueMicrotask(() => {
      for (const data of waiting.splice(0)) process.emit('message', data);
    });
  });
  return entry;
}
