// SPDX-License-Identifier: MIT
import {
  ConsoleStdout,
  Directory,
  File,
  type Inode,
  OpenFile,
  PreopenDirectory,
  WASI,
  wasi as defs,
} from '@bjorn3/browser_wasi_shim';

import type { WorkerTask } from '../../protocol/worker-messages.ts';
import type { ByteSink, ByteTail } from './byte-sink.ts';
import type { MeteredInstance } from './instance.ts';
import { ModuleError } from './bytes.ts';
import { SeededRandom } from './seeded-random.ts';

/** Where a task's clocks begin: 2020-01-01T00:00:00Z in ns. They advance with fuel, a nanosecond a unit. */
const EPOCH_NS = 1_577_836_800_000_000_000n;
/** What any call of the host costs, and each 16 bytes that it moves or each vector that it walks. */
const CALL_FUEL = 200;
const FUEL_PER_PIECE = 4;

const READ_ONLY = defs.ERRNO_ROFS;
const NOT_SUPPORTED = defs.ERRNO_NOTSUP;
const CLOCK_EVENT = 0;
const EVENT_SIZE = 32;

type HostCall = (...args: (number | bigint)[]) => number;

/** Calls that would change files: a task's files are its inputs. */
const REFUSED = [
  'fd_allocate',
  'fd_filestat_set_size',
  'fd_filestat_set_times',
  'path_create_directory',
  'path_filestat_set_times',
  'path_link',
  'path_remove_directory',
  'path_rename',
  'path_symlink',
  'path_unlink_file',
] as const;
const UNSUPPORTED = ['proc_raise', 'sock_accept', 'sock_recv', 'sock_send', 'sock_shutdown'] as const;

/** Where the number of bytes moved is written, by the position of its pointer among the arguments. */
const MOVED_AT: Readonly<Record<string, number>> = { fd_read: 3, fd_write: 3, fd_pread: 4, fd_pwrite: 4 };

/** WASI preview 1 for one task: arguments, stdin and files in memory; output bounded; nothing of the host. */
export class TaskWasi {
  readonly #wasi: WASI;
  readonly #random: SeededRandom;
  readonly imports: Record<string, HostCall>;
  #instance: MeteredInstance | undefined;
  /** ns that the task has slept, which pass at once */
  #slept = 0n;

  constructor(task: WorkerTask, stdout: ByteSink, stderr: ByteTail) {
    this.#random = new SeededRandom(BigInt(task.seed));
    const args = task.args.map((arg) =>
      arg.replaceAll('{index}', String(task.index)).replaceAll('{count}', String(task.count)),
    );
    this.#wasi = new WASI(
      ['task', ...args],
      [],
      [
        new OpenFile(new File(task.input, { readonly: true })),
        new ConsoleStdout((bytes) => stdout.write(bytes)),
        new ConsoleStdout((bytes) => stderr.write(bytes)),
        new PreopenDirectory('/', folderOf(task.files).contents),
      ],
    );
    this.imports = this.#imports();
  }

  /** Must be called before the module runs. */
  bind(instance: MeteredInstance): void {
    this.#instance = instance;
    this.#wasi.inst = { exports: { memory: memoryOf(instance) } };
  }

  get #bound(): MeteredInstance {
    if (this.#instance === undefined) throw new ModuleError('the module calls the host before it is ready');
    return this.#instance;
  }

  get #view(): DataView {
    return new DataView(this.#wasi.inst.exports.memory.buffer);
  }

  #imports(): Record<string, HostCall> {
    const calls = new Map<string, HostCall>();
    for (const [name, call] of Object.entries(this.#wasi.wasiImport)) calls.set(name, call as HostCall);
    for (const name of REFUSED) calls.set(name, () => READ_ONLY);
    for (const name of UNSUPPORTED) calls.set(name, () => NOT_SUPPORTED);
    const open = calls.get('path_open');
    calls.set('path_open', (...args) => {
      const changes = defs.OFLAGS_CREAT | defs.OFLAGS_TRUNC;
      return (Number(args[4]) & changes) !== 0 ? READ_ONLY : (open?.(...args) ?? NOT_SUPPORTED);
    });
    calls.set('clock_res_get', (_clock, at) => this.#putU64(Number(at), 1n));
    calls.set('clock_time_get', (_clock, _precision, at) => this.#putU64(Number(at), this.#now()));
    calls.set('random_get', (at, length) => this.#fillRandom(Number(at), Number(length)));
    calls.set('sched_yield', () => defs.ERRNO_SUCCESS);
    calls.set('poll_oneoff', (subscriptions, events, count, stored) =>
      this.#poll(Number(subscriptions), Number(events), Number(count), Number(stored)),
    );
    return Object.fromEntries([...calls].map(([name, call]) => [name, this.#guarded(name, call)]));
  }

  /** Charges a call, and answers a bad pointer with EFAULT instead of an exception of the host. */
  #guarded(name: string, call: HostCall): HostCall {
    const movedAt = MOVED_AT[name];
    return (...args) => {
      const vectors = movedAt === undefined ? 0 : Number(args[2]) >>> 0;
      this.#bound.charge(CALL_FUEL + vectors * FUEL_PER_PIECE);
      const answer = this.#inBounds(() => call(...args));
      if (movedAt !== undefined && answer === defs.ERRNO_SUCCESS) {
        const moved = this.#view.getUint32(Number(args[movedAt]) >>> 0, true);
        this.#bound.charge(Math.ceil(moved / 16) * FUEL_PER_PIECE);
      }
      return answer;
    };
  }

  #inBounds(call: () => number): number {
    try {
      return call();
    } catch (error) {
      // DataView and typed arrays throw this for an address outside the module's memory.
      if (error instanceof RangeError && !/call stack/i.test(error.message)) return defs.ERRNO_FAULT;
      throw error;
    }
  }

  #now(): bigint {
    return EPOCH_NS + this.#bound.fuel + this.#slept;
  }

  #putU64(at: number, value: bigint): number {
    this.#view.setBigUint64(at >>> 0, value, true);
    return defs.ERRNO_SUCCESS;
  }

  #fillRandom(at: number, length: number): number {
    this.#bound.charge((length >>> 0) * FUEL_PER_PIECE);
    this.#random.fill(new Uint8Array(this.#wasi.inst.exports.memory.buffer, at >>> 0, length >>> 0));
    return defs.ERRNO_SUCCESS;
  }

  /** A sleep passes at once in the task's own time; nothing else can be waited for. */
  #poll(subscriptions: number, events: number, count: number, stored: number): number {
    if (count !== 1) return count === 0 ? defs.ERRNO_INVAL : NOT_SUPPORTED;
    const view = this.#view;
    const from = subscriptions >>> 0;
    if (view.getUint8(from + 8) !== CLOCK_EVENT) return NOT_SUPPORTED;
    const timeout = view.getBigUint64(from + 24, true);
    const absolute = (view.getUint16(from + 40, true) & 1) !== 0;
    const now = this.#now();
    const until = absolute ? timeout : now + timeout;
    if (until > now) this.#slept += until - now;
    const to = events >>> 0;
    for (let i = 0; i < EVENT_SIZE; i++) view.setUint8(to + i, 0);
    view.setBigUint64(to, view.getBigUint64(from, true), true);
    view.setUint32(stored >>> 0, 1, true);
    return defs.ERRNO_SUCCESS;
  }
}

function memoryOf(instance: MeteredInstance): WebAssembly.Memory {
  const memory = instance.exports['memory'];
  if (!(memory instanceof WebAssembly.Memory)) throw new ModuleError('the module exports no memory');
  return memory;
}

/** The task's files as folders, in the order of their names. */
function folderOf(files: WorkerTask['files']): Directory {
  const root = new Directory(new Map<string, Inode>());
  for (const { path, bytes } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const parts = path.split('/');
    const name = parts.pop() ?? path;
    let folder = root;
    for (const part of parts) {
      const known = folder.contents.get(part);
      const next = known instanceof Directory ? known : new Directory(new Map<string, Inode>());
      folder.contents.set(part, next);
      folder = next;
    }
    folder.contents.set(name, new File(bytes, { readonly: true }));
  }
  return root;
}
