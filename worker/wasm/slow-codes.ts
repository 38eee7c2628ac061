// SPDX-License-Identifier: MIT

/** The deepest stack, in 8-byte places of parameters, locals and a fixed part for each frame (8 MiB). */
export const DEPTH_LIMIT = 1 << 20;

const LEAST = -(2n ** 63n);

/**
 * The slow function gets the fuel that is left, which no program can bring so low as these: they say that it is
 * called for another reason.
 */
export const slowCode = {
  /** calls are nested too deep */
  tooDeep: LEAST,
  /** `memory.grow` failed; the lower 32 bits say by how many pages it was to grow */
  growFailed: LEAST + 2n ** 32n,
} as const;

/** What a call of the slow function is about. */
export type SlowReason =
  | { readonly kind: 'fuel' }
  | { readonly kind: 'too_deep' }
  | { readonly kind: 'grow_failed'; readonly pages: number };

const LOWEST_FUEL = -(2n ** 62n);

export function slowReason(argument: bigint): SlowReason {
  if (argument > LOWEST_FUEL) return { kind: 'fuel' };
  if (argument === slowCode.tooDeep) return { kind: 'too_deep' };
  return { kind: 'grow_failed', pages: Number(argument & 0xffff_ffffn) };
}
