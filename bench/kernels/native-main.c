// SPDX-License-Identifier: MIT
// Runs a kernel natively: "PROGRAM SEED ROUNDS" prints its checksum and the milliseconds of each round.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel.h"

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  uint32_t seed = (uint32_t)strtoul(argv[1], NULL, 10);
  int rounds = atoi(argv[2]);
  uint32_t checksum = run(seed);
  printf("%" PRIu32 "\n", checksum);
  for (int round = 0; round < rounds; round++) {
    double started = now_ms();
    if (run(seed) != checksum) return 1;
    printf("%.4f\n", now_ms() - started);
  }
  return 0;
}
