// SPDX-License-Identifier: MIT
import { InvalidArgumentError } from 'commander';

import { type JobId, jobIdSchema } from '../protocol/ids.ts';

/** Parses a job's id on the command line. */
export function jobArgument(text: string): JobId {
  const parsed = jobIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('A job id starts with "job_"; `lull jobs` lists yours.');
}
