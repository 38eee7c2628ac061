// SPDX-License-Identifier: MIT
import type { FinishedTask, WorkerTask } from '../protocol/worker-messages.ts';

/** What the compute thread is started with. */
export interface ComputeData {
  /** of a ControlBlock */
  readonly control: SharedArrayBuffer;
  /** the largest module that is taken, bytes */
  readonly moduleBytes: number;
}

/** Control thread → compute thread, once: what to compute. Everything else is in the control block. */
export interface ToCompute {
  readonly task: WorkerTask;
}

/** Compute thread → control thread. */
export type FromCompute =
  | { readonly type: 'ready' }
  | { readonly type: 'parked'; readonly parked: boolean }
  | { readonly type: 'finished'; readonly task: Omit<FinishedTask, 'type' | 'cpuMs'> }
  | { readonly type: 'fault'; readonly message: string };
