// SPDX-License-Identifier: MIT
// Five bodies that attract each other, moved by the symplectic Euler method.
#include "kernel.h"

enum { BODIES = 5, STEPS = 360000 };

static struct body {
  double x, y, z, vx, vy, vz, mass;
} bodies[BODIES];

static void advance(double dt) {
  for (int i = 0; i < BODIES; i++) {
    struct body *p = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      struct body *q = &bodies[j];
      double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
      double squared = dx * dx + dy * dy + dz * dz + 0.01;
      double magnitude = dt / (squared * __builtin_sqrt(squared));
      p->vx -= dx * q->mass * magnitude;
      p->vy -= dy * q->mass * magnitude;
      p->vz -= dz * q->mass * magnitude;
      q->vx += dx * p->mass * magnitude;
      q->vy += dy * p->mass * magnitude;
      q->vz += dz * p->mass * magnitude;
    }
  }
  for (int i = 0; i < BODIES; i++) {
    struct body *p = &bodies[i];
    p->x += dt * p->vx;
    p->y += dt * p->vy;
    p->z += dt * p->vz;
  }
}

uint32_t run(uint32_t seed) {
  uint32_t random = start_random(seed);
  for (int i = 0; i < BODIES; i++) {
    struct body *p = &bodies[i];
    p->x = 8 * next_unit(&random) - 4;
    p->y = 8 * next_unit(&random) - 4;
    p->z = 8 * next_unit(&random) - 4;
    p->vx = next_unit(&random) - 0.5;
    p->vy = next_unit(&random) - 0.5;
    p->vz = next_unit(&random) - 0.5;
    p->mass = 0.1 + next_unit(&random);
  }
  for (int step = 0; step < STEPS; step++) advance(0.001);
  uint32_t hash = MIX_START;
  for (int i = 0; i < BODIES; i++) {
    hash = mix_double(hash, bodies[i].x);
    hash = mix_double(hash, bodies[i].vy);
  }
  return hash;
}
