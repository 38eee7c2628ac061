// SPDX-License-Identifier: MIT
import { constants, setPriority } from 'node:os';

import { toError } from '../protocol/errors.ts';
import { type FromWorker, toWorkerSchema } from '../protocol/worker-messages.ts';
import { systemClock } from './system-clock.ts';
import { TaskThread } from './task-thread.ts';

/*
 * The process that runs one task (README.md). This thread is control: messages, progress, the end; a second one
 * computes. Its agent may vanish at any moment: then this process ends at once.
 */

const LONGEST_MESSAGE = 1000;
let thread: TaskThread | undefined;

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

function end(): void {
  // process.exit() waits for the other thread, which may be in the middle of moving gigabytes.
  process.kill(process.pid, 'SIGKILL');
}

/** Tells the agent the last thing of this process; the agent ends it. */
function fault(message: string): void {
  thread?.stop();
  tell({ type: 'device_fault', message: message.slice(0, LONGEST_MESSAGE) });
}

function receive(raw: unknown): void {
  const parsed = toWorkerSchema.safeParse(raw);
  if (!parsed.success) return fault('The agent sent the worker something that is no message.');
  const message = parsed.data;
  switch (message.type) {
    case 'ping':
      return tell({ type: 'pong', id: message.id });
    case 'control':
      return thread?.control(message.control);
    case 'run':
      if (thread !== undefined) return fault('The agent sent the worker a second task.');
      thread = new TaskThread({ task: message.task, clock: systemClock, tell, fault });
      return thread.start(message.control);
  }
}

function lowerPriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Some containers forbid it. The agent has asked for it too, and the cap holds without it.
  }
}

process.on('disconnect', end);
process.on('uncaughtException', (error) => fault(toError(error).message));
process.on('message', receive);
lowerPriority();
tell({ type: 'ready' });
