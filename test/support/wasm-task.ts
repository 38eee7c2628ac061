// SPDX-License-Identifier: MIT
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import { type RunOptions, runTask } from '../../worker/wasm/run-task.ts';

type Choices = Partial<Omit<WorkerTask, 'limits'>> & { limits?: Partial<WorkerTask['limits']> };

/** A stepped task without input and with a million units of fuel; the test says what is different. */
export const workerTask = (module: Uint8Array, { limits = {}, ...more }: Choices = {}): WorkerTask => ({
  kind: 'stepped',
  module,
  args: [],
  input: new Uint8Array(),
  files: [],
  index: 0,
  count: 1,
  seed: '1',
  ...more,
  limits: {
    fuel: '1000000',
    memoryBytes: 4 * 1024 * 1024,
    outputBytes: 1024 * 1024,
    wallMs: 60_000,
    ...limits,
  },
});

type RunHere = ReturnType<typeof runTask> & { readonly output: Uint8Array };

/** Runs a task on this thread, uncapped; its output is empty unless it completes. */
export function runHere(task: WorkerTask, options: Partial<RunOptions> = {}): RunHere {
  const pieces: Uint8Array[] = [];
  const ended = runTask(task, {
    moduleBytes: 1024 * 1024,
    breathe: () => true,
    onProgress: () => undefined,
    onOutput: (piece) => pieces.push(piece),
    ...options,
  });
  const output = ended.outcome.kind === 'completed' ? Buffer.concat(pieces) : new Uint8Array();
  return { ...ended, output };
}
