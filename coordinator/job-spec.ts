// SPDX-License-Identifier: MIT
import type { z } from 'zod';

import type { AccountId, BlobHash, JobId } from '../protocol/ids.ts';
import {
  type JobSubmission,
  jobSubmissionSchema,
  type Purpose,
  taskSeed,
  type TaskSpec,
} from '../protocol/job.ts';

/** What all tasks of a job share and its merge, as kept with the job. */
export const jobSpecSchema = jobSubmissionSchema.pick({
  moduleKind: true,
  module: true,
  args: true,
  files: true,
  seed: true,
  limits: true,
  merge: true,
});
export type JobSpec = z.infer<typeof jobSpecSchema>;

export const jobSpecOf = (submission: JobSubmission): JobSpec => ({
  moduleKind: submission.moduleKind,
  module: submission.module,
  args: submission.args,
  files: submission.files,
  seed: submission.seed,
  limits: submission.limits,
  merge: submission.merge,
});

/** What of a job never changes. */
export interface JobTerms {
  readonly id: number;
  readonly job: JobId;
  readonly name: string;
  /** the account that submitted it */
  readonly publisher: AccountId;
  readonly purpose: Purpose;
  readonly quorum: number;
  readonly taskCount: number;
  readonly fuelLimit: bigint;
  /** micro-credits per 10⁹ units of fuel */
  readonly price: bigint;
  readonly spec: JobSpec;
}

interface TaskInputRow {
  readonly idx: number;
  readonly input_hash: BlobHash | null;
  readonly input_size: number | null;
}

/** A task as a device gets it. */
export function taskSpecOf({ spec, taskCount }: JobTerms, task: TaskInputRow): TaskSpec {
  return {
    kind: spec.moduleKind,
    module: spec.module,
    args: spec.args,
    ...(task.input_hash === null ? {} : { input: { hash: task.input_hash, size: task.input_size ?? 0 } }),
    files: spec.files,
    index: task.idx,
    count: taskCount,
    seed: taskSeed(spec.seed, task.idx),
    limits: spec.limits,
  };
}
