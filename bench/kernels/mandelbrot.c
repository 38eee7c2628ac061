// SPDX-License-Identifier: MIT
// How fast the points of a window of the Mandelbrot set escape.
#include "kernel.h"

enum { WIDTH = 400, HEIGHT = 300, MOST = 256 };

static int escape(double cx, double cy) {
  double x = 0, y = 0;
  int count = 0;
  while (count < MOST) {
    double xx = x * x, yy = y * y;
    if (xx + yy > 4) break;
    y = 2 * x * y + cy;
    x = xx - yy + cx;
    count++;
  }
  return count;
}

uint32_t run(uint32_t seed) {
  double shift = (seed % 64) * 1e-6;
  uint32_t hash = MIX_START;
  for (int row = 0; row < HEIGHT; row++)
    for (int column = 0; column < WIDTH; column++)
      hash = mix(hash, escape(-2.1 + shift + 2.8 * column / WIDTH, -1.05 + 2.1 * row / HEIGHT));
  return hash;
}
