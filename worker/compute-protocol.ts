// SPDX-License-Identifier: MIT
import type { FinishedTask, WorkerTask } from '../protocol/worker-messages.ts';

/** What the compute thread is started with. */
export interface ComputeData {
  readonly task: WorkerTask;
  /** of a ControlBlock */
  readonly control: SharedArrayBuffer;
  /** where in a period of the cap this slot begins, 0..1 */
  readonly phase: number;
  /** the largest module that is taken, bytes */
  readonly moduleBytes: number;
}

/** Compute thread → control thread. */
export type FromCompute =
  | { readonly type: 'parked'; readonly parked: boolean }
  | { readonly type: 'finished'; readonly task: Omit<FinishedTask, 'type' | 'cpuMs'> }
  | { readonly type: 'fault'; readonly message: string };
