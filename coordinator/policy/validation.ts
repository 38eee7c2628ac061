// SPDX-License-Identifier: MIT
import type { Outcome } from '../../protocol/job.ts';

/** Results beyond the quorum that a task may have before it counts as failed. */
export const SPARE_RESULTS = 6;
/** Attempts of one task that may be lost by their devices before it counts as failed. */
export const MAX_FAULTS = 20;

interface Agreed {
  readonly outcome: Outcome;
  readonly outputHash: string;
  readonly fuel: bigint;
}

/** Results agree when this text is equal: how the module ended, its output, its fuel. Not the words for people. */
export const agreementKey = ({ outcome, outputHash, fuel }: Agreed): string =>
  `${outcome.kind === 'completed' ? 'completed' : outcome.code}:${outputHash}:${fuel}`;

/** Whether results with this key completed, rather than failed by the module's own doing. */
export const isCompleted = (agreement: string): boolean => agreement.startsWith('completed:');

export interface TaskEvidence {
  readonly quorum: number;
  /** agreement keys of the results so far, in the order of their arrival */
  readonly results: readonly string[];
  /** attempts that are handed out now */
  readonly leased: number;
  /** attempts that devices failed or let expire */
  readonly faults: number;
}

export type Verdict =
  | { readonly kind: 'canonical'; readonly agreement: string }
  /** undecided; so many more attempts may be handed out, besides those that are */
  | { readonly kind: 'open'; readonly need: number }
  | { readonly kind: 'failed'; readonly reason: 'no_agreement' | 'too_many_faults' };

/** Decides a task: canonical when `quorum` results agree, failed when its error budget is used up. */
export function judgeTask({ quorum, results, leased, faults }: TaskEvidence): Verdict {
  const votes = new Map<string, number>();
  let largest = 0;
  for (const key of results) {
    const count = (votes.get(key) ?? 0) + 1;
    votes.set(key, count);
    if (count >= quorum) return { kind: 'canonical', agreement: key };
    largest = Math.max(largest, count);
  }
  const wanted = quorum - largest - leased;
  const spare = quorum + SPARE_RESULTS - results.length - leased;
  const reason = spare < wanted ? 'no_agreement' : faults >= MAX_FAULTS ? 'too_many_faults' : undefined;
  if (reason === undefined) return { kind: 'open', need: Math.max(0, wanted) };
  // The last word is that of the attempts that are still out.
  return leased > 0 ? { kind: 'open', need: 0 } : { kind: 'failed', reason };
}
