// SPDX-License-Identifier: MIT
import { webcrypto } from 'node:crypto';

import type { WorkerTask } from '../../../protocol/worker-messages.ts';
import { METER_VERSION } from '../cost-table.ts';

/** Whose a snapshot is: it is good for nothing else. */
export interface TaskIdentity {
  readonly meter: number;
  readonly module: string;
  readonly task: string;
}

/** Beside this thread: what is hashed may be large, and pauses are heard here. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', bytes);
  return Buffer.from(digest).toString('hex');
}

/** The same on every device for the same task: everything that decides its output, limits included. */
export async function taskIdentity(task: WorkerTask): Promise<TaskIdentity> {
  const { kind, args, files, index, count, seed, limits } = task;
  const module = await sha256(task.module);
  const description = {
    ...{ kind, module, args, input: await sha256(task.input), index, count, seed },
    files: await Promise.all(files.map(async ({ path, bytes }) => [path, await sha256(bytes)])),
    limits: [limits.fuel, limits.memoryBytes, limits.outputBytes],
  };
  return { meter: METER_VERSION, module, task: await sha256(Buffer.from(JSON.stringify(description))) };
}
