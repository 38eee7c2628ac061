// SPDX-License-Identifier: MIT
import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps this process alive until it is released: the clock's timers do not, so a command that only waits for
 * one would end in the middle of its work.
 * @returns releases
 */
export function stayAlive(): () => void {
  const { port1 } = new MessageChannel();
  port1.ref();
  return () => port1.close();
}
