// SPDX-License-Identifier: MIT
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import type { BetweenSteps } from '../../worker/wasm/checkpoint/checkpoint-taker.ts';
import type { MachineState } from '../../worker/wasm/checkpoint/machine-state.ts';
import { ShadowMemory } from '../../worker/wasm/checkpoint/shadow-memory.ts';
import { checkChain, type Resume } from '../../worker/wasm/checkpoint/snapshot-chain.ts';
import { encodeSnapshot } from '../../worker/wasm/checkpoint/snapshot-format.ts';
import { sha256, taskIdentity } from '../../worker/wasm/checkpoint/task-identity.ts';
import { type RunOptions, TaskStopped } from '../../worker/wasm/run-task.ts';
import { runHere } from './wasm-task.ts';

interface Taken {
  readonly state: MachineState;
  readonly numbers: Uint32Array;
  /** the whole memory then */
  readonly shared: SharedArrayBuffer;
}

/**
 * Runs a task until it has done so many steps, with a snapshot after each of these numbers of steps: the first a base,
 * the others deltas. Then it is gone.
 * @returns the files
 */
export async function runUntilKilled(
  task: WorkerTask,
  stepsAtSnapshots: readonly number[],
  options: Partial<RunOptions> = {},
): Promise<Uint8Array[]> {
  const taken: Taken[] = [];
  const last = Math.max(...stepsAtSnapshots);
  let shadow: ShadowMemory | undefined;
  const afterStep = ({ memory, mostBytes, state }: BetweenSteps): void => {
    const now = state();
    if (!stepsAtSnapshots.includes(now.steps)) return;
    shadow ??= new ShadowMemory(mostBytes, () => undefined);
    const numbers = shadow.follow(memory);
    taken.push({ state: now, numbers, shared: shadow.shared.slice(0) });
    if (now.steps >= last) throw new TaskStopped('killed');
  };
  try {
    runHere(task, { ...options, checkpoints: { afterStep } });
  } catch (error) {
    if (!(error instanceof TaskStopped)) throw error;
  }
  return encodeAll(task, taken);
}

async function encodeAll(task: WorkerTask, taken: readonly Taken[]): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  const identity = await taskIdentity(task);
  for (const { state, numbers, shared } of taken) {
    const before = files.at(-1);
    const parent = before === undefined ? null : await sha256(before);
    const parts: Buffer[] = [];
    for await (const part of encodeSnapshot({ format: 1, ...identity, parent, state }, { shared, numbers }))
      parts.push(part);
    files.push(Buffer.concat(parts));
  }
  return files;
}

/** What a worker would go on from. @throws {BadSnapshot} */
export const resumeOf = async (task: WorkerTask, files: readonly Uint8Array[]): Promise<Resume> =>
  checkChain(files, await taskIdentity(task));
