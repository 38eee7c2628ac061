// SPDX-License-Identifier: MIT
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import { workerTask } from './wasm-task.ts';
import { compileAssembly, WASI_PRELUDE } from './wasm-wasi.ts';

/**
 * A stepped module with every kind of state that a checkpoint must keep: memory that is written, grown and left zero,
 * globals of all four types (one a NaN with a payload), an open file and its place, the clock, sleep, random bytes, and
 * what it prints. Each step's result depends on all of it.
 */
const SOURCE = `
  let steps: i32 = 0;
  let total: i32 = 0;
  let rounds: i32 = 0;
  let mixed: u64 = 1;
  let ratio: f32 = 1.5;
  let odd: f64 = reinterpret<f64>(0x7ff4_dead_beef_0001);
  let file: i32 = -1;
  const WORK: usize = 65536;
  const RESULT: usize = 60000;

  export function lull_alloc(length: i32): usize { return 40000; }

  export function lull_begin(pointer: usize, length: i32, index: i32, count: i32, seed: i64): void {
    total = load<i32>(pointer);
    rounds = load<i32>(pointer + 4);
    mixed = <u64>seed;
    file = open("data");
    // A closed file below an open one: the table of files has a hole.
    const other = open("data");
    read(other, FREE, 3);
    fd_close(file);
    file = other;
    // What the module came with is gone: a new instance has it again.
    memory.fill(0, 0, 8192);
  }

  export function lull_step(): i32 {
    steps++;
    for (let i = 0; i < rounds; i++) mixed = rotl(mixed, 9) * 0xd1342543de82ef95 + <u64>i;
    random_get(FREE, 24);
    mixed = rotl(mixed ^ load<u64>(FREE), 7) * 0x9e3779b97f4a7c15;
    clock_time_get(1, 0, FREE);
    mixed ^= load<u64>(FREE);
    if (steps % 3 == 0) {
      memory.fill(FREE, 0, 48); store<u32>(FREE + 16, 1); store<u64>(FREE + 24, 1000000);
      poll_oneoff(FREE, FREE + 64, 1, FREE + 128);
    }
    const got = read(file, FREE, 5);
    for (let i = 0; i < got; i++) mixed = mixed * 31 + load<u8>(FREE + i);
    if (got == 0) fd_close(file);
    ratio = ratio * <f32>1.25 - <f32>0.125;
    mixed ^= reinterpret<u64>(odd) + reinterpret<u32>(ratio);
    if (steps % 4 == 0) { memory.grow(1); }
    const bytes = <usize>memory.size() * 65536 - WORK;
    for (let i = 0; i < 40; i++) {
      mixed = rotl(mixed, 13) * 0xd1342543de82ef95 + <u64>i;
      store<u64>(WORK + <usize>(mixed % (bytes >> 3)) * 8, mixed);
    }
    store<u64>(FREE, mixed);
    write(steps % 2 + 1, FREE, 8);
    if (steps < total) return <i32>(<i64>steps * 999 / total);
    let sum: u64 = mixed;
    for (let at: usize = 0; at < 8192; at += 8) sum = rotl(sum, 1) ^ load<u64>(at);
    for (let at = WORK; at < WORK + bytes; at += 8) sum = rotl(sum, 1) ^ load<u64>(at);
    store<u64>(RESULT, sum); store<u64>(RESULT + 8, reinterpret<u64>(odd)); store<i32>(RESULT + 16, memory.size());
    return 1000;
  }

  export function lull_output_ptr(): usize { return RESULT; }
  export function lull_output_len(): i32 { return 20; }
`;

/** @param rounds of arithmetic in each step: a million take about a millisecond */
export async function checkpointedTask(
  steps: number,
  { rounds = 0, ...more }: Partial<WorkerTask> & { rounds?: number } = {},
): Promise<WorkerTask> {
  const input = Buffer.alloc(8);
  input.writeUInt32LE(steps, 0);
  input.writeUInt32LE(rounds, 4);
  const files = [{ path: 'data', bytes: Buffer.from('It was a bright cold day in April, and the clocks') }];
  const module = await compileAssembly(`${WASI_PRELUDE}\n${SOURCE}`);
  const limits = { fuel: '1000000000000', memoryBytes: 64 * 1024 * 1024 };
  return { ...workerTask(module, { input, files, seed: '77', limits }), ...more };
}
