// SPDX-License-Identifier: MIT
import { sha256 } from './hashes.ts';

/**
 * The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1): leaf = SHA-256(0x00 ‖ entry),
 * node = SHA-256(0x01 ‖ left ‖ right), split at the largest power of two below the size.
 */
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

export const leafHash = (entry: Uint8Array): Buffer => sha256(LEAF, entry);
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(NODE, left, right);

/** The root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT = sha256();

/** The largest power of two smaller than n, for n ≥ 2. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

/**
 * Whether `leaf` is at `index` in the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).
 * @param leaf a leaf hash
 * @param proof the inclusion path, from the leaf upwards
 */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let hash: Uint8Array = leaf;
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equal(hash, root);
}

/** Whether the tree (size1, root1) is a prefix of the tree (size2, root2) (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(
  size1: number,
  root1: Uint8Array,
  size2: number,
  root2: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(size1) || !Number.isSafeInteger(size2) || size1 < 0 || size1 > size2)
    return false;
  if (size1 === size2) return proof.length === 0 && equal(root1, root2);
  if (size1 === 0) return proof.length === 0 && equal(root1, EMPTY_ROOT);
  const isPowerOfTwo = size1 === 1 || splitPoint(size1) * 2 === size1;
  const path = isPowerOfTwo ? [root1, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let fn = size1 - 1;
  let sn = size2 - 1;
  while (isOdd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  let fr: Uint8Array = first;
  let sr: Uint8Array = first;
  for (const sibling of path) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      fr = nodeHash(sibling, fr);
      sr = nodeHash(sibling, sr);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      sr = nodeHash(sr, sibling);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equal(fr, root1) && equal(sr, root2);
}

/** Reads the hash of the perfect subtree over leaves [index·2^level, (index+1)·2^level). */
export type ReadNode = (level: number, index: number) => Promise<Uint8Array>;

/** The root over leaves [start, start + size), from stored perfect subtrees. `start` must fit the split. */
export async function rangeRoot(read: ReadNode, start: number, size: number): Promise<Uint8Array> {
  if (size === 0) return EMPTY_ROOT;
  const level = Math.log2(size);
  if (Number.isInteger(level)) return read(level, start / size);
  const k = splitPoint(size);
  return nodeHash(await rangeRoot(read, start, k), await rangeRoot(read, start + k, size - k));
}

/** The inclusion path of leaf `index` in the tree of `size` leaves (RFC 9162 section 2.1.3.1). */
export async function inclusionProof(read: ReadNode, index: number, size: number): Promise<Uint8Array[]> {
  if (index < 0 || index >= size) throw new RangeError(`leaf ${index} is not in a tree of ${size} leaves`);
  const path: Uint8Array[] = [];
  let start = 0;
  let n = size;
  while (n > 1) {
    const k = splitPoint(n);
    if (index - start < k) {
      path.unshift(await rangeRoot(read, start + k, n - k));
      n = k;
    } else {
      path.unshift(await rangeRoot(read, start, k));
      start += k;
      n -= k;
    }
  }
  return path;
}

/** The consistency proof between the trees of `size1` and `size2` leaves (RFC 9162 section 2.1.4.1). */
export async function consistencyProof(read: ReadNode, size1: number, size2: number): Promise<Uint8Array[]> {
  if (size1 < 0 || size1 > size2)
    throw new RangeError(`a tree of ${size1} leaves is not before one of ${size2}`);
  if (size1 === 0 || size1 === size2) return [];
  const path: Uint8Array[] = [];
  let start = 0;
  let n = size2;
  let m = size1;
  let whole = true;
  while (m !== n) {
    const k = splitPoint(n);
    if (m <= k) {
      path.unshift(await rangeRoot(read, start + k, n - k));
      n = k;
    } else {
      path.unshift(await rangeRoot(read, start, k));
      start += k;
      m -= k;
      n -= k;
      whole = false;
    }
  }
  if (!whole) path.unshift(await rangeRoot(read, start, m));
  return path;
}
