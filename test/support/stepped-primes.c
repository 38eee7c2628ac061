// SPDX-License-Identifier: MIT
// A stepped module in C: counts the primes below a limit with a sieve on the heap, reads a file, prints how far it is.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT(name) __attribute__((export_name(name)))

static uint8_t *composite;
static uint32_t limit, next, found;
static char word[16];
static char output[64];
static int initialized;

__attribute__((constructor)) static void initialize(void) { initialized = 42; }

EXPORT("lull_alloc") void *lull_alloc(uint32_t length) { return malloc(length); }

EXPORT("lull_begin")
void lull_begin(const uint8_t *input, uint32_t length, uint32_t index, uint32_t count, uint64_t seed) {
  (void)length, (void)index, (void)count, (void)seed;
  memcpy(&limit, input, sizeof limit);
  composite = calloc(limit, 1);
  next = 2;
  FILE *file = fopen("/word.txt", "r");
  if (file == NULL || fscanf(file, "%15s", word) != 1) abort();
}

EXPORT("lull_step") int32_t lull_step(void) {
  uint32_t last = next + 20000 < limit ? next + 20000 : limit;
  for (; next < last; next++) {
    if (composite[next]) continue;
    found++;
    for (uint64_t multiple = (uint64_t)next * next; multiple < limit; multiple += next) composite[multiple] = 1;
  }
  fprintf(stderr, "%u ", found);
  if (next < limit) return (int32_t)((uint64_t)next * 1000 / limit);
  snprintf(output, sizeof output, "%s %u %d %ld", word, found, initialized, (long)(time(NULL) / 31536000));
  return 1000;
}

EXPORT("lull_output_ptr") const char *lull_output_ptr(void) { return output; }
EXPORT("lull_output_len") uint32_t lull_output_len(void) { return (uint32_t)strlen(output); }
