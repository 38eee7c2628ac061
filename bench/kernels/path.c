// SPDX-License-Identifier: MIT
// A path tracer: light that is followed from the eye, bounce after bounce, by recursion.
#include "kernel.h"

enum { WIDTH = 160, HEIGHT = 120, SAMPLES = 10, MOST_BOUNCES = 6, SPHERES = 7 };

typedef struct {
  double x, y, z;
} vec;

static vec plus(vec a, vec b) { return (vec){a.x + b.x, a.y + b.y, a.z + b.z}; }
static vec minus(vec a, vec b) { return (vec){a.x - b.x, a.y - b.y, a.z - b.z}; }
static vec times(vec a, double s) { return (vec){a.x * s, a.y * s, a.z * s}; }
static vec product(vec a, vec b) { return (vec){a.x * b.x, a.y * b.y, a.z * b.z}; }
static double dot(vec a, vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static vec unit(vec a) { return times(a, 1 / __builtin_sqrt(dot(a, a))); }

static const struct sphere {
  vec centre;
  double radius;
  vec colour, light;
  int mirror;
} spheres[SPHERES] = {
    {{0, -1000, 0}, 1000, {0.7, 0.7, 0.7}, {0, 0, 0}, 0},
    {{0, 1, 0}, 1, {0.9, 0.3, 0.3}, {0, 0, 0}, 0},
    {{-2.2, 0.8, 0.5}, 0.8, {0.95, 0.95, 0.95}, {0, 0, 0}, 1},
    {{2.1, 0.9, -0.4}, 0.9, {0.3, 0.8, 0.4}, {0, 0, 0}, 0},
    {{0.9, 0.4, 1.6}, 0.4, {0.3, 0.4, 0.9}, {0, 0, 0}, 1},
    {{-1, 0.3, 1.9}, 0.3, {0.9, 0.8, 0.2}, {0, 0, 0}, 0},
    {{0, 9, 2}, 3, {0, 0, 0}, {6, 6, 5}, 0},
};

static const struct sphere *nearest(vec from, vec direction, double *distance) {
  const struct sphere *hit = 0;
  double best = 1e30;
  for (int i = 0; i < SPHERES; i++) {
    vec to = minus(spheres[i].centre, from);
    double along = dot(to, direction);
    double under = along * along - dot(to, to) + spheres[i].radius * spheres[i].radius;
    if (under <= 0) continue;
    double root = __builtin_sqrt(under);
    double t = along - root > 1e-4 ? along - root : along + root;
    if (t > 1e-4 && t < best) {
      best = t;
      hit = &spheres[i];
    }
  }
  *distance = best;
  return hit;
}

/// Evenly over the directions on the side of the normal: drawn from a ball until it falls inside.
static vec scattered(vec normal, uint32_t *random) {
  for (;;) {
    double x = 2 * next_unit(random) - 1, y = 2 * next_unit(random) - 1, z = 2 * next_unit(random) - 1;
    vec v = {x, y, z};
    double length = dot(v, v);
    if (length > 1 || length < 1e-6) continue;
    v = times(v, 1 / __builtin_sqrt(length));
    return dot(v, normal) < 0 ? times(v, -1) : v;
  }
}

static vec radiance(vec from, vec direction, int bounce, uint32_t *random) {
  double distance;
  const struct sphere *hit = nearest(from, direction, &distance);
  if (hit == 0) return (vec){0.2, 0.3, 0.5};
  if (bounce >= MOST_BOUNCES) return hit->light;
  vec point = plus(from, times(direction, distance));
  vec normal = times(minus(point, hit->centre), 1 / hit->radius);
  vec onwards = hit->mirror ? minus(direction, times(normal, 2 * dot(normal, direction)))
                            : scattered(normal, random);
  vec arriving = radiance(point, onwards, bounce + 1, random);
  double weight = hit->mirror ? 1 : 2 * dot(onwards, normal);
  return plus(hit->light, times(product(hit->colour, arriving), weight));
}

uint32_t run(uint32_t seed) {
  uint32_t random = start_random(seed), hash = MIX_START;
  vec eye = {0, 1.6, 6};
  for (int row = 0; row < HEIGHT; row++)
    for (int column = 0; column < WIDTH; column++) {
      vec sum = {0, 0, 0};
      for (int sample = 0; sample < SAMPLES; sample++) {
        double u = (column + next_unit(&random)) / WIDTH - 0.5;
        double v = 0.5 - (row + next_unit(&random)) / HEIGHT;
        sum = plus(sum, radiance(eye, unit((vec){u * 1.6, v * 1.2 - 0.1, -1.2}), 0, &random));
      }
      hash = mix_double(mix_double(mix_double(hash, sum.x), sum.y), sum.z);
    }
  return hash;
}
