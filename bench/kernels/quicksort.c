// SPDX-License-Identifier: MIT
// Hoare's quicksort, recursive, with insertion for what is short.
#include "kernel.h"

enum { COUNT = 400000, SHORT = 12 };

static int32_t numbers[COUNT];

static void insertion_sort(int32_t *low, int32_t *high) {
  for (int32_t *i = low + 1; i <= high; i++) {
    int32_t value = *i, *j = i;
    for (; j > low && j[-1] > value; j--) *j = j[-1];
    *j = value;
  }
}

static void quicksort(int32_t *low, int32_t *high) {
  if (high - low < SHORT) {
    insertion_sort(low, high);
    return;
  }
  int32_t pivot = low[(high - low) / 2], *i = low, *j = high;
  while (i <= j) {
    while (*i < pivot) i++;
    while (*j > pivot) j--;
    if (i <= j) {
      int32_t swapped = *i;
      *i++ = *j;
      *j-- = swapped;
    }
  }
  if (low < j) quicksort(low, j);
  if (i < high) quicksort(i, high);
}

uint32_t run(uint32_t seed) {
  uint32_t random = start_random(seed);
  for (int i = 0; i < COUNT; i++) numbers[i] = (int32_t)next_random(&random);
  quicksort(numbers, numbers + COUNT - 1);
  uint32_t hash = MIX_START;
  for (int i = 0; i < COUNT; i++) {
    if (i > 0 && numbers[i - 1] > numbers[i]) return 0;
    hash = mix(hash, (uint32_t)numbers[i]);
  }
  return hash;
}
