// SPDX-License-Identifier: MIT
import { median } from '../bench.ts';

/** One way to do the same work; what it returns must be the same for all. */
export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

/** Milliseconds of each round, by contender. */
export type Samples = Readonly<Record<string, readonly number[]>>;

export const ORIGINAL = 'original';
export const CONTROL = 'control';

const WARM_UP = 3;
const FEWEST_ROUNDS = 12;
const MOST_ROUNDS = 48;
/** The control is the original: as long as the two differ by more, the machine is too noisy for a figure. */
const QUIET = 0.015;

/** How much longer one took than another: by the fastest round of each, and by the middle of the rounds' ratios. */
export interface Ratio {
  readonly minima: number;
  readonly paired: number;
}

export function ratio(samples: Samples, name: string, base = ORIGINAL): Ratio {
  const below = samples[base] ?? [];
  const above = samples[name] ?? [];
  return {
    minima: Math.min(...above) / Math.min(...below),
    paired: median(above.map((ms, round) => ms / (below[round] ?? NaN))),
  };
}

const isQuiet = ({ minima, paired }: Ratio): boolean =>
  Math.abs(minima - 1) <= QUIET && Math.abs(paired - 1) <= QUIET;

/**
 * Lets all contenders do their work in turns, another one first in every round, until the control agrees with the
 * original.
 * @throws {Error} when they do not return the same
 */
export async function alternate(contenders: readonly Contender[]): Promise<Samples> {
  const samples: Record<string, number[]> = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  const results = new Set<string>();
  for (let i = 0; i < WARM_UP; i++) for (const { run } of contenders) results.add(String(await run()));
  if (results.size !== 1) throw new Error(`not all gave the same: ${[...results].join(' ').slice(0, 500)}`);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const contender = contenders[(i + round) % contenders.length];
      if (contender === undefined) continue;
      const started = performance.now();
      await contender.run();
      samples[contender.name]?.push(performance.now() - started);
    }
    if (round + 1 >= FEWEST_ROUNDS && isQuiet(ratio(samples, CONTROL))) break;
  }
  return samples;
}
