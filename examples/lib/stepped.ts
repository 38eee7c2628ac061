// SPDX-License-Identifier: MIT
// The stepped ABI (worker/README.md) for AssemblyScript: extend Program, give an instance to `use`, and
// re-export the five lull_ functions from the entry file.
import { Reader } from './reader';
import { Writer } from './writer';

/** What a task is given. Everything that decides its output is in here. */
export class Task {
  constructor(
    public input: Reader,
    public index: i32,
    public count: i32,
    public seed: u64,
  ) {}
}

export abstract class Program {
  output: Writer = new Writer(4096);

  abstract begin(task: Task): void;

  /** Does 10 to 100 ms of work. Returns the progress in permille; 1000 ends the task. */
  abstract step(): i32;
}

/** What `step` returns after so many of so many equal parts. */
export function progressOf(done: u64, total: u64): i32 {
  return done < total ? <i32>((done * 1000) / total) : 1000;
}

let program: Program | null = null;

export function use(instance: Program): void {
  program = instance;
}

export function lull_alloc(length: i32): usize {
  return heap.alloc(<usize>length);
}

export function lull_begin(pointer: usize, length: i32, index: i32, count: i32, seed: i64): void {
  program!.begin(new Task(new Reader(pointer, length), index, count, <u64>seed));
}

export function lull_step(): i32 {
  return program!.step();
}

export function lull_output_ptr(): usize {
  return program!.output.pointer;
}

export function lull_output_len(): i32 {
  return program!.output.length;
}
