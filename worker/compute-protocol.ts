// SPDX-License-Identifier: MIT
import type { FinishedMessage, WorkerTask } from '../protocol/worker-messages.ts';
import type { TakenSnapshot } from './wasm/checkpoint/checkpoint-taker.ts';
import type { Resume } from './wasm/checkpoint/snapshot-chain.ts';
import type { Begun } from './wasm/run-task.ts';

/** What the compute thread is started with. */
export interface ComputeData {
  /** of a ControlBlock */
  readonly control: SharedArrayBuffer;
  /** the largest module that is taken, bytes */
  readonly moduleBytes: number;
  /** of an OutputGate */
  readonly output: SharedArrayBuffer;
  /** of CheckpointWords */
  readonly checkpoints: SharedArrayBuffer;
}

/** Control thread → compute thread, once: what to compute. Everything else is in the control block. */
export interface ToCompute {
  readonly task: WorkerTask;
  /** computing time between two checkpoints, ms; undefined: none are to be made */
  readonly checkpointEveryMs?: number | undefined;
  /** by which programs the module was proved before */
  readonly provedBy?: string | undefined;
  /** what to go on from */
  readonly resume?: Resume | undefined;
}

/** Compute thread → control thread. */
export type FromCompute =
  | { readonly type: 'ready' }
  | { readonly type: 'parked'; readonly parked: boolean }
  | { readonly type: 'proved'; readonly by: string }
  | { readonly type: 'begun'; readonly begun: Begun }
  | { readonly type: 'output'; readonly piece: Uint8Array }
  | { readonly type: 'snapshot'; readonly snapshot: TakenSnapshot }
  | { readonly type: 'checkpoints_refused'; readonly why: string }
  | { readonly type: 'finished'; readonly task: Omit<FinishedMessage, 'type' | 'cpuMs'> }
  | { readonly type: 'fault'; readonly message: string };
