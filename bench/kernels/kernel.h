// SPDX-License-Identifier: MIT
// What every kernel has in common: run(seed) does the same work whatever the seed is, on data made from it, and
// returns a checksum of all that it computed. No call of a library, no pointer printed, no floating point that a
// compiler may contract: the checksum is the same in WebAssembly and natively.
#ifndef LULL_KERNEL_H
#define LULL_KERNEL_H

#include <stdint.h>

uint32_t run(uint32_t seed);

/// xorshift32; never zero once started with something else.
static inline uint32_t next_random(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

static inline uint32_t start_random(uint32_t seed) { return seed * 2654435761u | 1u; }

/// From 0 to 1.
static inline double next_unit(uint32_t *state) { return (next_random(state) >> 8) * (1.0 / 16777216.0); }

/// FNV-1a over words.
static inline uint32_t mix(uint32_t hash, uint32_t word) { return (hash ^ word) * 16777619u; }

static inline uint32_t mix_double(uint32_t hash, double value) {
  union {
    double value;
    uint32_t words[2];
  } bits = {value};
  return mix(mix(hash, bits.words[0]), bits.words[1]);
}

static inline uint32_t mix_float(uint32_t hash, float value) {
  union {
    float value;
    uint32_t word;
  } bits = {value};
  return mix(hash, bits.word);
}

#define MIX_START 2166136261u

#endif
