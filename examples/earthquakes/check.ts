// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Check, wrong } from '../check.ts';

const OWN_REPLICATES = 20_000;

interface Estimate {
  readonly completeness: number;
  readonly above: number;
  readonly b: number;
}

interface Report {
  readonly events: number;
  readonly magnitudeOfCompleteness: number;
  readonly eventsAboveCompleteness: number;
  readonly aValue: number;
  readonly bValue: number;
  readonly standardError: number;
  readonly confidence95: [number, number];
  readonly replicates: number;
  readonly tasks: number;
}

const estimate = (tenths: readonly number[], correction: number): Estimate => {
  const counts = new Map<number, number>();
  for (const bin of tenths) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const fullest = Math.min(...[...counts].filter(([, count]) => count === most).map(([bin]) => bin));
  const first = fullest + correction;
  let above = 0;
  let sum = 0;
  for (const [bin, count] of counts) {
    if (bin < first) continue;
    above += count;
    sum += bin * count;
  }
  return { completeness: first / 10, above, b: Math.LOG10E / (sum / above / 10 - (first / 10 - 0.05)) };
};

/** A generator unlike the module's own (mulberry32), so that the two agree only if both are right. */
const generator = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const bootstrap = (tenths: readonly number[], correction: number): number[] => {
  const random = generator(1);
  const values: number[] = [];
  for (let i = 0; i < OWN_REPLICATES; i++) {
    const sample = tenths.map(() => tenths[Math.floor(random() * tenths.length)] ?? 0);
    values.push(estimate(sample, correction).b);
  }
  return values.sort((x, y) => x - y);
};

const readCatalogue = (bytes: Buffer) => {
  const magnitudes = Array.from({ length: bytes.readUInt32LE(8) }, (_, i) => bytes.readDoubleLE(12 + i * 8));
  return {
    replicates: bytes.readUInt32LE(0),
    correction: bytes.readUInt32LE(4),
    tenths: magnitudes.map((magnitude) => Math.round(magnitude * 10)),
  };
};

const parse = (merged: Uint8Array): Report | undefined => {
  try {
    return JSON.parse(Buffer.from(merged).toString()) as Report;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** Computes the estimate directly and repeats the bootstrap with another generator. */
export const check: Check = async (merged, { folder }) => {
  const { tenths, correction, replicates } = readCatalogue(await readFile(join(folder, 'catalogue.bin')));
  const report = parse(merged);
  if (!report) return wrong('it is no JSON');
  const direct = estimate(tenths, correction);
  const a = Math.log10(direct.above) + direct.b * direct.completeness;
  const near = (x: number, y: number, within: number): boolean => Math.abs(x - y) <= within;
  const exact =
    report.events === tenths.length &&
    near(report.magnitudeOfCompleteness, direct.completeness, 1e-9) &&
    report.eventsAboveCompleteness === direct.above &&
    near(report.bValue, direct.b, 1e-6) &&
    near(report.aValue, a, 1e-5);
  if (!exact) return wrong(`the estimate is not ${direct.b.toFixed(6)} from ${tenths.length} events`);
  if (report.replicates !== replicates * report.tasks) return wrong('replicates are missing');

  const own = bootstrap(tenths, correction);
  const mean = own.reduce((sum, b) => sum + b, 0) / own.length;
  const error = Math.sqrt(own.reduce((sum, b) => sum + (b - mean) ** 2, 0) / (own.length - 1));
  const low = own[Math.floor(own.length * 0.025)] ?? NaN;
  const high = own[Math.floor(own.length * 0.975)] ?? NaN;
  const { completeness, b } = direct;
  const figures = { events: tenths.length, completeness, b, standardError: error, low, high };
  const [reportLow, reportHigh] = report.confidence95;
  const agrees =
    near(report.standardError, error, error * 0.05) &&
    near(reportLow, low, error * 0.15) &&
    near(reportHigh, high, error * 0.15);
  if (!agrees) return wrong('a second bootstrap gives another spread', figures);
  return {
    ok: true,
    summary: `b = ${report.bValue.toFixed(3)}, with 95 % confidence between ${reportLow.toFixed(3)} and ${reportHigh.toFixed(3)}.`,
    figures,
  };
};
