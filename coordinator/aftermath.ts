// SPDX-License-Identifier: MIT

/** What a transaction changed that others wait for; told to them once it is durable. */
export class Aftermath {
  /** entries that wait for their place in the log */
  ledger = false;
  /** a job came or went */
  jobs = false;
  /** jobs that have ended */
  readonly ended = new Set<number>();
  /** tasks that may be handed out again, by job */
  readonly requeued = new Map<number, number>();
  /** devices whose attempts were cancelled */
  readonly devices = new Set<number>();

  requeue(jobId: number, taskId: number): void {
    this.requeued.set(jobId, Math.min(taskId, this.requeued.get(jobId) ?? taskId));
  }
}
