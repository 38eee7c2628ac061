// SPDX-License-Identifier: MIT
import { toError } from '../protocol/errors.ts';
import { type FromWorker, toWorkerSchema } from '../protocol/worker-messages.ts';
import { dropPermissions } from './permissions.ts';
import { TaskThread } from './task-thread.ts';

/*
 * The process that runs one task (README.md). This thread is control: messages, progress, the end; a second one
 * computes. Its agent may vanish at any moment: then this process ends at once. Where threads have priorities of their
 * own, this one keeps the normal one, so that a pause is heard at once however busy the computer is. It has no timer:
 * even a cancelled one would wake it once more, while parked.
 */

const LONGEST_MESSAGE = 1000;
let hasTask = false;

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

function end(): void {
  // process.exit() waits for the other thread, which may be in the middle of moving gigabytes.
  process.kill(process.pid, 'SIGKILL');
}

/** Tells the agent the last thing of this process; the agent ends it. */
function fault(message: string): void {
  thread.stop();
  tell({ type: 'device_fault', message: message.slice(0, LONGEST_MESSAGE) });
}

function receive(raw: unknown): void {
  const parsed = toWorkerSchema.safeParse(raw);
  if (!parsed.success) return fault('The agent sent the worker something that is no message.');
  const message = parsed.data;
  switch (message.type) {
    case 'ask':
      return thread.tellProgress();
    case 'control':
      return thread.control(message.control);
    case 'run':
      if (hasTask) return fault('The agent sent the worker a second task.');
      hasTask = true;
      return thread.run(message);
    case 'taken':
      return thread.taken(message.stream);
    case 'checkpoint':
      return thread.checkpoint();
    case 'checkpointed':
      return thread.checkpointed(message.kept);
  }
}

const thread = new TaskThread({
  tell,
  ready: () => tell({ type: 'ready', permissions: process.permission !== undefined }),
  fault,
});
// Before anything of a stranger is here.
dropPermissions();
process.on('disconnect', end);
process.on('uncaughtException', (error) => fault(toError(error).message));
process.on('message', receive);
