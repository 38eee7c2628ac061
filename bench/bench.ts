// SPDX-License-Identifier: MIT

/** One measured number. `goal` says what the issue asks for, for people who read the table. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly goal?: string;
}

export type Figures = Readonly<Record<string, Figure>>;

/**
 * A benchmark; `progress` tells people what is going on and must not go to stdout. `only` names parts of it, for
 * those that have parts.
 */
export type Bench = (progress: (line: string) => void, only?: readonly string[]) => Promise<Figures>;

/** The middle value; the mean of the middle two for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('there is no median of nothing');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The mean of ratios: what a factor common to all would be. */
export function geomean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('there is no mean of nothing');
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The value that so much of all values (0..1) do not exceed: the nearest that was measured. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('there is no percentile of nothing');
  return value;
}
