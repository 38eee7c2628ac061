// SPDX-License-Identifier: MIT
import type { FromWorker } from '../protocol/worker-messages.ts';

/** Listens to the agent. A process whose agent is gone ends at once: nothing is left behind by a crash. */
export function listenToAgent(receive: (message: unknown) => void): void {
  process.on('message', receive);
  process.on('disconnect', () => process.exit(1));
}

/** @param sent called when the message is on its way, or never will be */
export function tellAgent(message: FromWorker, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, () => sent());
  else sent();
}
