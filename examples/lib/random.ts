// SPDX-License-Identifier: MIT

let a: u64 = 0;
let b: u64 = 0;
let c: u64 = 0;
let d: u64 = 0;
let mixer: u64 = 0;

function mix(): u64 {
  mixer += 0x9e3779b97f4a7c15;
  let z = mixer;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Starts the stream that belongs to this seed and index: xoshiro256** by Blackman and Vigna (CC0). */
export function seedRandom(seed: u64, index: i32): void {
  mixer = seed;
  mixer = mix() ^ (<u64>index * 0xd1342543de82ef95);
  a = mix();
  b = mix();
  c = mix();
  d = mix();
}

export function randomBits(): u64 {
  const result = rotl(b * 5, 7) * 9;
  const t = b << 17;
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  c ^= t;
  d = rotl(d, 45);
  return result;
}

/** Uniform in 0 <= x < 1. */
export function random(): f64 {
  return <f64>(randomBits() >> 11) * (1.0 / 9007199254740992.0);
}
