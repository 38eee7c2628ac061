// SPDX-License-Identifier: MIT
// Jacobi's method on a square: every point becomes the mean of its four neighbours, sweep after sweep.
#include "kernel.h"

enum { N = 512, SWEEPS = 100 };

static double grids[2][N][N];

uint32_t run(uint32_t seed) {
  uint32_t random = start_random(seed);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) grids[0][i][j] = grids[1][i][j] = next_unit(&random);
  for (int sweep = 0; sweep < SWEEPS; sweep++) {
    double(*from)[N] = grids[sweep & 1], (*to)[N] = grids[~sweep & 1];
    for (int i = 1; i < N - 1; i++)
      for (int j = 1; j < N - 1; j++)
        to[i][j] = 0.25 * (from[i - 1][j] + from[i + 1][j] + from[i][j - 1] + from[i][j + 1]);
  }
  uint32_t hash = MIX_START;
  for (int i = 0; i < N; i += 3)
    for (int j = 0; j < N; j += 3) hash = mix_double(hash, grids[SWEEPS & 1][i][j]);
  return hash;
}
