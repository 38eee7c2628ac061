// SPDX-License-Identifier: MIT

export interface CheckContext {
  /** the prepared example: job.json, modules and inputs, as `prepareExamples` leaves them */
  readonly folder: string;
}

export interface CheckResult {
  readonly ok: boolean;
  /** one sentence for people */
  readonly summary: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** Judges a job's merged output by other means than the job's own modules. */
export type Check = (merged: Uint8Array, context: CheckContext) => Promise<CheckResult>;

/** What a check says of an output that it found wrong. */
export const wrong = (why: string, figures: CheckResult['figures'] = {}): CheckResult => ({
  ok: false,
  summary: `The output is wrong: ${why}.`,
  figures,
});
