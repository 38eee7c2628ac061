// SPDX-License-Identifier: MIT
import type { WorkerTask } from '../protocol/worker-messages.ts';
import { checkChain, type Resume } from './wasm/checkpoint/snapshot-chain.ts';
import { BadSnapshot } from './wasm/checkpoint/snapshot-format.ts';
import { taskIdentity } from './wasm/checkpoint/task-identity.ts';

/** What a task goes on from, or why it begins anew; neither when there are no files. */
export async function resumeFrom(
  task: WorkerTask,
  files: readonly Uint8Array[],
): Promise<{ readonly resume?: Resume; readonly notResumed?: string }> {
  if (files.length === 0) return {};
  try {
    return { resume: await checkChain(files, await taskIdentity(task)) };
  } catch (error) {
    if (error instanceof BadSnapshot) return { notResumed: error.message };
    throw error;
  }
}
