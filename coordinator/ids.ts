// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';

import { type AttemptId, attemptIdSchema, type JobId, jobIdSchema } from '../protocol/ids.ts';

/** Nine characters of time, so that names sort by age and indexes grow at one end; then 80 random bits. */
const unique = (now: number): string =>
  `${Math.max(0, Math.floor(now)).toString(36).padStart(9, '0')}${randomBytes(10).toString('hex')}`;

export const newJobId = (now: number): JobId => jobIdSchema.parse(`job_${unique(now)}`);
export const newAttemptId = (now: number): AttemptId => attemptIdSchema.parse(`att_${unique(now)}`);
