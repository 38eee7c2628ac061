// SPDX-License-Identifier: MIT

/*
 * What is known of all ways that lead to a place in a function, as eleven numbers of an Int32Array, from `at` on:
 * first of the ways on which the counter may be below zero, then of those on which it is not, as a check has found.
 */
export const PATHS = {
  /** the longest of them since the last poll; -1: there are none */
  length: 0,
  /** the outermost loop from whose beginning one of them comes without a poll, 0: the function's; and without a charge */
  unpolledFrom: 1,
  unchargedFrom: 2,
  /** the same three of the ways on which the counter is not below zero */
  solvent: 3,
  /** the longest without a poll since the entry of the function; -1: there is none */
  sinceEntry: 6,
  /** the longest without a poll since a counted call came back, -1: there is none; and the least that was counted */
  sinceReturn: 7,
  returnPlaces: 8,
  /** where the counter is, see HOLDS */
  holds: 9,
  /** what the depth global has, see DEPTH */
  depth: 10,
  size: 11,
} as const;

/** Bits: what has its current value on every way. */
export const HOLDS = {
  /** the counter's global has the counter; its local has it */
  global: 1,
  local: 2,
  /** the depth's local has this frame's depth, which is not too deep */
  ownDepth: 4,
  /** the saved depth's local has the caller's depth */
  callerDepth: 8,
} as const;

/** What the depth global has on every way. */
export const DEPTH = {
  unknown: 0,
  caller: 1,
  own: 2,
  /** this frame's, unless a function of the same recursion leaves another behind */
  ownIfKept: 3,
} as const;

export const NEVER = 0x7fffffff;

export const isReachable = (paths: Int32Array, at: number): boolean =>
  (paths[at] ?? -1) >= 0 || (paths[at + PATHS.solvent] ?? -1) >= 0;

/** The longest way since the last poll, whatever is known of the counter; -1: there is none. */
export const longestOf = (paths: Int32Array): number => Math.max(paths[0] ?? -1, paths[PATHS.solvent] ?? -1);

export function setUnreachable(paths: Int32Array, at: number): void {
  for (const part of [at, at + PATHS.solvent]) {
    paths[part] = -1;
    paths[part + PATHS.unpolledFrom] = paths[part + PATHS.unchargedFrom] = NEVER;
  }
  paths[at + PATHS.sinceEntry] = paths[at + PATHS.sinceReturn] = -1;
  paths[at + PATHS.returnPlaces] = NEVER;
  paths[at + PATHS.holds] = paths[at + PATHS.depth] = 0;
}

export function copyPaths(to: Int32Array, toAt: number, from: Int32Array, fromAt: number): void {
  for (let i = 0; i < PATHS.size; i++) to[toAt + i] = from[fromAt + i] ?? 0;
}

/** Adds the ways of one place to those of another. */
export function joinPaths(to: Int32Array, toAt: number, from: Int32Array, fromAt: number): void {
  if (!isReachable(from, fromAt)) return;
  if (!isReachable(to, toAt)) return copyPaths(to, toAt, from, fromAt);
  joinPart(to, toAt, from, fromAt);
  joinPart(to, toAt + PATHS.solvent, from, fromAt + PATHS.solvent);
  for (const since of [PATHS.sinceEntry, PATHS.sinceReturn]) {
    const length = from[fromAt + since] ?? -1;
    if (length > (to[toAt + since] ?? -1)) to[toAt + since] = length;
  }
  const places = from[fromAt + PATHS.returnPlaces] ?? NEVER;
  if (places < (to[toAt + PATHS.returnPlaces] ?? NEVER)) to[toAt + PATHS.returnPlaces] = places;
  to[toAt + PATHS.holds] = (to[toAt + PATHS.holds] ?? 0) & (from[fromAt + PATHS.holds] ?? 0);
  to[toAt + PATHS.depth] = joinDepth(to[toAt + PATHS.depth] ?? 0, from[fromAt + PATHS.depth] ?? 0);
}

function joinPart(to: Int32Array, toAt: number, from: Int32Array, fromAt: number): void {
  const length = from[fromAt] ?? -1;
  if (length < 0) return;
  if (length > (to[toAt] ?? -1)) to[toAt] = length;
  for (const field of [PATHS.unpolledFrom, PATHS.unchargedFrom]) {
    const outer = from[fromAt + field] ?? NEVER;
    if (outer < (to[toAt + field] ?? NEVER)) to[toAt + field] = outer;
  }
}

function joinDepth(one: number, other: number): number {
  if (one === other) return one;
  return Math.min(one, other) >= DEPTH.own ? DEPTH.ownIfKept : DEPTH.unknown;
}

/** Takes the solvent ways to the others: the counter may be below zero on all of them. */
export function mergeSolvent(paths: Int32Array): void {
  const { solvent } = PATHS;
  joinPart(paths, 0, paths, solvent);
  dropPart(paths, solvent);
}

/** The ways on which a check finds the counter below zero. */
export function keepNegative(paths: Int32Array): void {
  dropPart(paths, PATHS.solvent);
  if ((paths[0] ?? -1) < 0) setUnreachable(paths, 0);
}

/** After a poll, that is a check that finds the counter not below zero, or a slow call: all ways are short and solvent. */
export function startAfresh(paths: Int32Array): void {
  if (!isReachable(paths, 0)) return;
  const { solvent } = PATHS;
  mergeSolvent(paths);
  paths[solvent] = 0;
  paths[solvent + PATHS.unpolledFrom] = NEVER;
  paths[solvent + PATHS.unchargedFrom] = paths[PATHS.unchargedFrom] ?? NEVER;
  dropPart(paths, 0);
  paths[PATHS.sinceEntry] = paths[PATHS.sinceReturn] = -1;
  paths[PATHS.returnPlaces] = NEVER;
}

function dropPart(paths: Int32Array, at: number): void {
  paths[at] = -1;
  paths[at + PATHS.unpolledFrom] = paths[at + PATHS.unchargedFrom] = NEVER;
}
