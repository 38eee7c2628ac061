// SPDX-License-Identifier: MIT
import type { TaskSpec } from '../../protocol/job.ts';
import type { WorkerTask } from '../../protocol/worker-messages.ts';

const MIB = 1024 * 1024;
/**
 * The runtime, and what metering and compiling take. Measured: 15 MiB when idle, 85 after
 * metering SQLite, 390 while V8 compiles one function of five megabytes.
 */
const RUNTIME_BYTES = 384 * MIB;
/** Measured: metering and checking esbuild, 14 MB, takes 223 MiB in all; its code compiled comes on top. */
const TIMES_MODULE = 24;
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
