// SPDX-License-Identifier: MIT

/** Energy as the battery and the processor count it, and what of it is Lull's. Pure. */

/** A share with how far off it may be, % either way. */
interface Attributed {
  readonly share: number;
  readonly errorPercent: number;
}

/** How much of its greatest power something draws while it does nothing. */
interface IdleDraw {
  readonly likely: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Processors in PCs draw a tenth to two fifths of their full power when idle, servers of the last ten years about a
 * fifth to a third (Barroso, Hölzle, Ranganathan: The Datacenter as a Computer, 3rd ed., 2018, ch. 5; SPECpower_ssj2008
 * results: active idle against 100 %).
 */
export const PROCESSOR_IDLE: IdleDraw = { likely: 0.25, least: 0.1, most: 0.4 };

/** A whole laptop, screen included, draws a quarter to two thirds of what it draws at full load. */
export const LAPTOP_IDLE: IdleDraw = { likely: 0.45, least: 0.25, most: 0.65 };

const clamped = (value: number, least: number, most: number): number =>
  Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : least;

/**
 * Draw grows in a straight line from idle to full. What a computer draws when idle is not Lull's: it would be on
 * anyway. Of the rest Lull has its share of the busy time.
 */
function shareAt(idle: number, own: number, busy: number): number {
  const drawn = idle + (1 - idle) * busy;
  return drawn === 0 ? 0 : ((1 - idle) * own) / drawn;
}

/**
 * What share of an energy measured for everything is Lull's.
 * @param own share of all threads' time that Lull's work took, 0 to 1
 * @param busy share of all threads' time that anything took, 0 to 1
 */
export function ownShare(own: number, busy: number, idle: IdleDraw): Attributed {
  const ours = clamped(own, 0, 1);
  const all = clamped(busy, ours, 1);
  const share = shareAt(idle.likely, ours, all);
  if (share === 0) return { share: 0, errorPercent: 0 };
  const off = [idle.least, idle.most].map((draw) => Math.abs(shareAt(draw, ours, all) - share) / share);
  return { share, errorPercent: 100 * Math.max(...off) };
}

/** Two errors that have nothing to do with each other, % either way. */
export const combinedErrorPercent = (one: number, other: number): number => Math.hypot(one, other);

/**
 * Energy between two readings of a counter that begins again at 0 after `range`, in the counter's unit. It must be read
 * more often than it wraps around.
 */
export function countedEnergy(before: number, now: number, range: number): number {
  return now >= before ? now - before : now + range - before;
}

/**
 * Rated power of a processor by its hardware threads, W, where nobody has said it. Fitted to what makers print (TDP or
 * processor base power) for 27 processors from laptops to servers: `test/golden/energy/rated-power.csv`.
 */
export const estimatedWatts = (threads: number): number => RATED_FACTOR * Math.max(1, threads) ** RATED_POWER;

const RATED_FACTOR = 17.5;
const RATED_POWER = 0.55;
/** Holds for nine in ten of those processors. */
export const ESTIMATED_ERROR_PERCENT = 80;
/** Rated power is what cooling is built for; real draw at full load lies below it, or above it for a while. */
export const RATED_ERROR_PERCENT = 35;

/** Power that work on this share of all threads adds, W. */
export const addedWatts = (ratedWatts: number, duty: number): number =>
  ratedWatts * (1 - PROCESSOR_IDLE.likely) * clamped(duty, 0, 1);

const JOULES_PER_KILOWATT_HOUR = 3_600_000;

export const kilowattHours = (joules: number): number => joules / JOULES_PER_KILOWATT_HOUR;
export const wattHours = (joules: number): number => joules / 3600;

/** Cost of an energy at the price of its time, in the owner's currency; null: no price is set. */
export const energyCost = (joules: number, pricePerKwh: number | null): number | null =>
  pricePerKwh === null ? null : kilowattHours(joules) * pricePerKwh;

export const energyCo2Grams = (joules: number, carbonGramsPerKwh: number): number =>
  kilowattHours(joules) * carbonGramsPerKwh;

/** Earnings less electricity, in the owner's currency; null while either has no price. */
export const netEarnings = (
  credits: number,
  creditPrice: number | null,
  cost: number | null,
): number | null => (creditPrice === null || cost === null ? null : credits * creditPrice - cost);
