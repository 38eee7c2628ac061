// SPDX-License-Identifier: MIT
import type { TaskSpec } from '../../protocol/job.ts';
import type { WorkerTask } from '../../protocol/worker-messages.ts';

const MIB = 1024 * 1024;
/** The runtime itself and what it computes with. Measured: 15 MiB when idle, 60 with a small module. */
const RUNTIME_BYTES = 192 * MIB;
/** The module as it came, rewritten, checked and compiled. Measured: see worker/README.md. */
const TIMES_MODULE = 12;
/** Its inputs are copied once on their way, its output when it grows. */
const TIMES_DATA = 2;

interface Needs {
  readonly kind: TaskSpec['kind'];
  readonly limits: TaskSpec['limits'];
  readonly moduleBytes: number;
  /** inputs and files */
  readonly inputBytes: number;
}

export const needsOfSpec = ({ kind, limits, module, input, files }: TaskSpec): Needs => ({
  kind,
  limits,
  moduleBytes: module.size,
  inputBytes: (input?.size ?? 0) + files.reduce((sum, { blob }) => sum + blob.size, 0),
});

export const needsOfTask = ({ kind, limits, module, input, files }: WorkerTask): Needs => ({
  kind,
  limits,
  moduleBytes: module.length,
  inputBytes: input.length + files.reduce((sum, { bytes }) => sum + bytes.length, 0),
});

/** What a worker may use in all for this task, bytes: the module's own limit, and what it takes to run it. */
export function workerMemoryCeiling({ kind, limits, moduleBytes, inputBytes }: Needs): number {
  // A stepped module's last checkpoint lies beside its memory.
  const memories = kind === 'stepped' ? 2 : 1;
  return (
    memories * limits.memoryBytes +
    RUNTIME_BYTES +
    TIMES_MODULE * moduleBytes +
    TIMES_DATA * (inputBytes + limits.outputBytes)
  );
}
