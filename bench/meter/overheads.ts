// SPDX-License-Identifier: MIT
import { type Figure, type Figures, geomean, median } from '../bench.ts';
import { CONTROL, type Ratio, ratio, type Samples } from './rounds.ts';

/** What one kernel or library took in its variants. */
export interface Measured {
  readonly name: string;
  readonly samples: Samples;
}

export const figureName = (name: string): string => name.replaceAll(/[^a-z0-9]+/g, '_');
export const times = (value: number, goal?: string): Figure => ({
  value,
  unit: 'x',
  ...(goal === undefined ? {} : { goal }),
});

const contendersOf = (all: readonly Measured[]): string[] => Object.keys(all[0]?.samples ?? {}).slice(1);

/** The ratios of a contender to the original, one of each measured. */
export const ratios = (all: readonly Measured[], contender: string): Ratio[] =>
  all.map(({ samples }) => ratio(samples, contender));

export const minima = (all: readonly Ratio[]): number[] => all.map((one) => one.minima);
export const paired = (all: readonly Ratio[]): number[] => all.map((one) => one.paired);

/** The control column: how far this machine was from measuring nothing where there was nothing. */
export const controlFigures = (all: readonly Measured[], prefix: string): Figures => {
  const control = minima(ratios(all, CONTROL));
  return {
    [`${prefix}control_median`]: times(median(control)),
    [`${prefix}control_geomean`]: times(geomean(control)),
  };
};

/** A table for people: milliseconds of the original, then what each contender adds, in percent. */
export function describe(all: readonly Measured[]): string[] {
  if (all.length === 0) return [];
  const contenders = contendersOf(all);
  const percent = ({ minima, paired }: Ratio): string =>
    [minima, paired].map((value) => ((value - 1) * 100).toFixed(1).padStart(6)).join(' ');
  const width = Math.max(...all.map(({ name }) => name.length));
  return [
    `${''.padEnd(width)}        ms  ${contenders.map((name) => `${name} %`.padStart(13)).join('  ')}   (by minima, by paired median)`,
    ...all.map(({ name, samples }) => {
      const ms = Math.min(...(samples['original'] ?? [])).toFixed(1);
      return `${name.padEnd(width)}  ${ms.padStart(8)}  ${contenders.map((one) => percent(ratio(samples, one))).join('  ')}`;
    }),
  ];
}
