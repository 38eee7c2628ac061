// SPDX-License-Identifier: MIT

/*
 * What the checker demands, stated here once more and not imported from the meter: a test compares the two.
 */

export const CHECKER_VERSION = 2;

/** Exports by which the meter's own things are found. */
export const COUNTER_EXPORT = 'lull:fuel';
export const DEPTH_EXPORT = 'lull:depth';
export const SLOW_TABLE_EXPORT = 'lull:slow';

/** Bytes that one bulk operation may move, and that it moves while an instruction is executed. */
export const MOST_BULK_BYTES = 2 ** 20;
export const BYTES_PER_INSTRUCTION = 16;
/** Trips times cost of an iteration, of a counted loop that runs unwatched. */
export const MOST_COUNTED_UNITS = 2 ** 20;
export const MOST_TABLE_ENTRIES = 1_100_000;
/** The depth at which the meter must end a recursion, and the least that one frame may count for. */
export const DEPTH_LIMIT = 2 ** 20;
export const LEAST_FRAME = 1;
/** A charge larger than this would be no price but an attempt to wrap the counter. */
export const MOST_CHARGE = 2 ** 40;
/** Arguments of the slow call that are not fuel but say why it is called. */
export const HIGHEST_CODE = -(2 ** 62);

/*
 * Weights are instructions: how long something may take without a poll.
 */
/** The longest way from one poll to the next. */
export const MOST_UNPOLLED = 2 ** 25;
/** The longest way from a poll to the end of a loop's body, from where it goes on at the loop's beginning. */
export const MOST_BEFORE_BACK_EDGE = 2 ** 24;
/** On the way out of a recursion: the longest way to the exit, for each place that the frame counts for. */
export const MOST_TAIL_PER_PLACE = 2 ** 12;

export const WEIGHT = {
  call: 4,
  throw: 1000,
  memoryGrow: 4096,
  /** of memory, and as much again for each 16 bytes: 2^16 for the most that may be moved */
  bulkMemory: 8,
  /** up to a table's maximum */
  bulkTable: 2 ** 20,
  /** from the beginning of a loop to that of the one around it */
  betweenLoops: 2 ** 10,
} as const;
