// SPDX-License-Identifier: MIT
// An interpreter: a register machine that looks for the longest Collatz chain. One branch table, taken millions
// of times, and hardly a straight line.
#include "kernel.h"

enum code { SET, COPY, ADD, ADD_N, MUL_N, AND_N, SHR_N, XOR, LESS, EQUAL_N, LOAD, STORE, JUMP, IF, UNLESS, HALT };

enum name { START, END, X, LENGTH, FLAG, BEST, SUM, PLACE, SEEN, REGISTERS };

static const struct instruction {
  uint8_t code, to, from;
  int16_t n; // a number, a register or a line of the program
} program[] = {
    /*  0 */ {COPY, X, START, 0},
    /*  1 */ {SET, LENGTH, 0, 0},
    /*  2 */ {EQUAL_N, FLAG, X, 1}, // one step of the chain
    /*  3 */ {IF, 0, FLAG, 12},
    /*  4 */ {ADD_N, LENGTH, LENGTH, 1},
    /*  5 */ {AND_N, FLAG, X, 1},
    /*  6 */ {IF, 0, FLAG, 9},
    /*  7 */ {SHR_N, X, X, 1},
    /*  8 */ {JUMP, 0, 0, 2},
    /*  9 */ {MUL_N, X, X, 3},
    /* 10 */ {ADD_N, X, X, 1},
    /* 11 */ {JUMP, 0, 0, 2},
    /* 12 */ {AND_N, PLACE, LENGTH, 127}, // the chain is at its end: count it
    /* 13 */ {LOAD, SEEN, PLACE, 0},
    /* 14 */ {ADD_N, SEEN, SEEN, 1},
    /* 15 */ {STORE, SEEN, PLACE, 0},
    /* 16 */ {ADD, SUM, SUM, LENGTH},
    /* 17 */ {LESS, FLAG, BEST, LENGTH},
    /* 18 */ {UNLESS, 0, FLAG, 21},
    /* 19 */ {COPY, BEST, LENGTH, 0},
    /* 20 */ {XOR, SUM, SUM, START},
    /* 21 */ {ADD_N, START, START, 1},
    /* 22 */ {LESS, FLAG, START, END},
    /* 23 */ {IF, 0, FLAG, 0},
    /* 24 */ {HALT, 0, 0, 0},
};

enum { CHAINS = 25000, CELLS = 128 };

static uint32_t cells[CELLS];

static void interpret(uint32_t registers[REGISTERS]) {
  for (const struct instruction *at = program;; at++) {
    uint32_t *to = &registers[at->to], from = registers[at->from];
    switch ((enum code)at->code) {
    case SET: *to = (uint32_t)at->n; break;
    case COPY: *to = from; break;
    case ADD: *to = from + registers[at->n]; break;
    case ADD_N: *to = from + (uint32_t)at->n; break;
    case MUL_N: *to = from * (uint32_t)at->n; break;
    case AND_N: *to = from & (uint32_t)at->n; break;
    case SHR_N: *to = from >> at->n; break;
    case XOR: *to = from ^ registers[at->n]; break;
    case LESS: *to = from < registers[at->n]; break;
    case EQUAL_N: *to = from == (uint32_t)at->n; break;
    case LOAD: *to = cells[from % CELLS]; break;
    case STORE: cells[from % CELLS] = *to; break;
    case JUMP: at = program + at->n - 1; break;
    case IF: if (from) at = program + at->n - 1; break;
    case UNLESS: if (!from) at = program + at->n - 1; break;
    case HALT: return;
    }
  }
}

uint32_t run(uint32_t seed) {
  uint32_t registers[REGISTERS] = {0};
  registers[START] = 1 + seed % 64;
  registers[END] = registers[START] + CHAINS;
  for (int i = 0; i < CELLS; i++) cells[i] = 0;
  interpret(registers);
  uint32_t hash = mix(mix(MIX_START, registers[BEST]), registers[SUM]);
  for (int i = 0; i < CELLS; i++) hash = mix(hash, cells[i]);
  return hash;
}
