// SPDX-License-Identifier: MIT
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import { workerTask } from './wasm-task.ts';
import { compileAssembly } from './wasm-wasi.ts';

const MIB = 1024 * 1024;

/**
 * 64 MiB of live memory: 32 random-ish, 16 sparse (one word in each page), 16 zero. Each step changes 256 pages of the
 * first part, reads all over, and adds to a sum in a global; the sum is the output.
 */
const SOURCE = `
  const RANDOM: usize = 65536;
  const SPARSE: usize = RANDOM + (32 << 20);
  let steps: i32 = 0;
  let total: i32 = 0;
  let state: u64 = 0;
  let sum: u64 = 0;

  function next(): u64 {
    state ^= state << 13; state ^= state >> 7; state ^= state << 17;
    return state;
  }

  export function lull_alloc(length: i32): usize { return 1024; }

  export function lull_begin(pointer: usize, length: i32, index: i32, count: i32, seed: i64): void {
    total = load<i32>(pointer);
    state = <u64>seed | 1;
    // Random floats between 0 and 1, as simulations have them.
    for (let at = RANDOM; at < SPARSE; at += 8)
      store<f64>(at, <f64>(next() >> 11) / 9007199254740992.0);
    for (let at = SPARSE; at < SPARSE + (16 << 20); at += 4096) store<u64>(at + <usize>(next() % 512) * 8, next());
  }

  export function lull_step(): i32 {
    steps++;
    const first = RANDOM + <usize>(next() % (8192 - 256)) * 4096;
    for (let at = first; at < first + (256 << 12); at += 8) {
      const value = load<f64>(at) * 0.5 + <f64>(next() >> 11) / 18014398509481984.0;
      store<f64>(at, value);
      sum = rotl(sum, 5) + reinterpret<u64>(value);
    }
    for (let at = RANDOM; at < SPARSE + (16 << 20); at += 512) sum = rotl(sum, 1) ^ load<u64>(at);
    store<u64>(2048, sum);
    return steps < total ? <i32>(<i64>steps * 999 / total) : 1000;
  }

  export function lull_output_ptr(): usize { return 2048; }
  export function lull_output_len(): i32 { return 8; }
`;

/** @param steps of about 4 ms each */
export async function liveMemoryTask(steps: number): Promise<WorkerTask> {
  const input = Buffer.alloc(4);
  input.writeUInt32LE(steps);
  const limits = { fuel: '1000000000000', memoryBytes: 80 * MIB, wallMs: 3_600_000 };
  return workerTask(await compileAssembly(SOURCE, { initialPages: 1025 }), { input, seed: '2026', limits });
}
