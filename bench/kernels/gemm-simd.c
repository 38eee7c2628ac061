// SPDX-License-Identifier: MIT
// C = A * B on floats, four columns in a vector and four rows at a time, with the vectors of GCC and Clang.
#include "kernel.h"

enum { N = 576, LANES = 4 };

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

static vector a[N][N / LANES], b[N][N / LANES], c[N][N / LANES];

static void fill(vector to[N][N / LANES], uint32_t *random) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N / LANES; j++)
      for (int lane = 0; lane < LANES; lane++) to[i][j][lane] = (float)(next_unit(random) - 0.5);
}

static vector all(float value) { return (vector){value, value, value, value}; }

uint32_t run(uint32_t seed) {
  uint32_t random = start_random(seed);
  fill(a, &random);
  fill(b, &random);
  for (int i = 0; i < N; i += 4)
    for (int j = 0; j < N / LANES; j++) {
      vector rows[4] = {all(0), all(0), all(0), all(0)};
      for (int k = 0; k < N; k++) {
        vector column = b[k][j];
        for (int row = 0; row < 4; row++) rows[row] += all(((const float *)a[i + row])[k]) * column;
      }
      for (int row = 0; row < 4; row++) c[i + row][j] = rows[row];
    }
  uint32_t hash = MIX_START;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N / LANES; j++)
      for (int lane = 0; lane < LANES; lane++) hash = mix_float(hash, c[i][j][lane]);
  return hash;
}
