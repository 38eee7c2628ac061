// SPDX-License-Identifier: MIT
// C = A * B on doubles, the loops in the order that walks all three by rows.
#include "kernel.h"

enum { N = 352 };

static double a[N][N], b[N][N], c[N][N];

uint32_t run(uint32_t seed) {
  uint32_t random = start_random(seed);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = next_unit(&random) - 0.5;
      b[i][j] = next_unit(&random) - 0.5;
      c[i][j] = 0;
    }
  for (int i = 0; i < N; i++)
    for (int k = 0; k < N; k++) {
      double factor = a[i][k];
      for (int j = 0; j < N; j++) c[i][j] += factor * b[k][j];
    }
  uint32_t hash = MIX_START;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) hash = mix_double(hash, c[i][j]);
  return hash;
}
