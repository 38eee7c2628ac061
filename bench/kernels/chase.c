// SPDX-License-Identifier: MIT
// Follows a chain of places that leads through all of them in a random order: memory, and nothing to do meanwhile.
#include "kernel.h"

enum { PLACES = 1 << 18, STEPS = 3000000 };

static uint32_t next[PLACES];

uint32_t run(uint32_t seed) {
  static uint32_t made_for = 0;
  uint32_t random = start_random(seed);
  if (made_for != random) {
    // Sattolo's shuffle makes one cycle of them all.
    for (uint32_t i = 0; i < PLACES; i++) next[i] = i;
    for (uint32_t i = PLACES - 1; i > 0; i--) {
      uint32_t j = next_random(&random) % i, swapped = next[i];
      next[i] = next[j];
      next[j] = swapped;
    }
    made_for = start_random(seed);
  }
  uint32_t at = 0, hash = MIX_START;
  for (int step = 0; step < STEPS; step++) {
    at = next[at];
    hash = hash * 31 + at;
  }
  return mix(hash, at);
}
