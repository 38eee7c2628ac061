// SPDX-License-Identifier: MIT
import { type Fd, WASI, wasi } from '@bjorn3/browser_wasi_shim';

import type { WasiState } from './checkpoint/machine-state.ts';
import { BadAddress, GuestMemory } from './guest-memory.ts';
import { type MeteredInstance, ModuleEnded } from './instance.ts';
import { SeededRandom } from './seeded-random.ts';
import { FuelClock } from './wasi-clock.ts';
import { OpenFiles, type OpenFilesParts } from './wasi-open-files.ts';
import { WASI_SIGNATURES } from './wasi-signatures.ts';

/** Units that a call of the host costs, and each byte that it moves. */
const CALL_COST = 2000;
const BYTE_COST = 1;
const MOST_OPEN = 1024;
const MOST_PIECES = 1024;
const LONGEST_PATH = 4096;
const RANDOM_PIECE = 65_536;
const STAT_BYTES = 64;

/** The module called `proc_exit`. */
export class ModuleExit extends Error {
  override readonly name = 'ModuleExit';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export interface WasiWorld extends OpenFilesParts {
  readonly args: readonly string[];
  readonly seed: bigint;
  readonly index: number;
}

type Call = (...values: never[]) => number;

/**
 * WASI preview 1 in memory: arguments, stdin and read-only files go in, stdout and stderr come out. Time follows fuel,
 * randomness follows the seed; there is no environment, no network and nothing of this computer. Each call is charged.
 */
export class WasiHost {
  readonly #shim: WASI;
  readonly #open: OpenFiles;
  readonly #files: (Fd | undefined)[];
  readonly #memory: GuestMemory;
  readonly #clock: FuelClock;
  readonly #random: SeededRandom;
  readonly #args: readonly Buffer[];
  #instance: MeteredInstance | undefined;

  /** @throws {ConflictingFiles} */
  constructor(world: WasiWorld) {
    this.#open = new OpenFiles(world);
    this.#files = this.#open.table;
    // The shim's type knows no closed files; it makes holes in the table all the same.
    this.#shim = new WASI([], [], this.#files as Fd[], { debug: false });
    this.#memory = new GuestMemory(() => this.#running);
    this.#clock = new FuelClock(() => this.#running.consumed);
    this.#random = new SeededRandom(world.seed, world.index);
    this.#args = world.args.map((arg) => Buffer.from(`${arg}\0`, 'utf8'));
  }

  /** To be called before anything of the module runs. */
  attach(instance: MeteredInstance): void {
    this.#instance = instance;
    this.#shim.inst = {
      exports: {
        memory: {
          get buffer() {
            return instance.memory;
          },
        } as WebAssembly.Memory,
      },
    };
  }

  /** Everything that the module could notice of this host, besides its fuel. */
  state(): WasiState {
    return {
      files: this.#open.state(),
      sleptNs: this.#clock.sleptNs.toString(),
      randomBytes: this.#random.drawn.toString(),
    };
  }

  /** @throws {UnknownFile} */
  restore({ files, sleptNs, randomBytes }: WasiState): void {
    this.#open.restore(files);
    this.#clock.sleptNs = BigInt(sleptNs);
    this.#random.skipTo(BigInt(randomBytes));
  }

  /** What the module imports. */
  get imports(): Record<string, (...values: (number | bigint)[]) => number> {
    const own = this.#own() as Readonly<Record<string, Call | undefined>>;
    const shim = this.#shim.wasiImport as Readonly<Record<string, Call | undefined>>;
    return Object.fromEntries(
      Object.keys(WASI_SIGNATURES).map((name) => [name, this.#guard(own[name] ?? shim[name])]),
    );
  }

  get #running(): MeteredInstance {
    if (this.#instance === undefined)
      throw new ModuleEnded('the module called the host before it was attached');
    return this.#instance;
  }

  /** Charges, takes numbers as unsigned, and answers what is wrong with an errno instead of an exception. */
  #guard(call: Call | undefined) {
    return (...values: (number | bigint)[]): number => {
      this.#running.charge(CALL_COST);
      if (call === undefined) return wasi.ERRNO_NOSYS;
      const unsigned = values.map((value) => (typeof value === 'number' ? value >>> 0 : value));
      try {
        return call(...(unsigned as never[]));
      } catch (error) {
        if (error instanceof BadAddress || isOutOfBounds(error)) return wasi.ERRNO_FAULT;
        throw error;
      }
    };
  }

  #own() {
    const memory = this.#memory;
    const ifOpen = (fd: number, errno: number): number =>
      this.#files[fd] === undefined ? wasi.ERRNO_BADF : errno;
    const readOnly = (fd: number): number => ifOpen(fd, wasi.ERRNO_ROFS);
    const noSocket = (fd: number): number => ifOpen(fd, wasi.ERRNO_NOTSOCK);
    return {
      args_sizes_get: (count: number, size: number) => {
        memory.setU32(count, this.#args.length);
        memory.setU32(
          size,
          this.#args.reduce((sum, arg) => sum + arg.length, 0),
        );
        return wasi.ERRNO_SUCCESS;
      },
      args_get: (pointers: number, text: number) => {
        let at = text;
        for (const [i, arg] of this.#args.entries()) {
          memory.setU32(pointers + 4 * i, at);
          memory.bytes(at, arg.length).set(arg);
          at += arg.length;
        }
        return wasi.ERRNO_SUCCESS;
      },
      clock_res_get: (clock: number, result: number) => {
        if (this.#clock.read(clock) === undefined) return wasi.ERRNO_INVAL;
        memory.setU64(result, 1n);
        return wasi.ERRNO_SUCCESS;
      },
      clock_time_get: (clock: number, _precision: bigint, result: number) => {
        const time = this.#clock.read(clock);
        if (time === undefined) return wasi.ERRNO_INVAL;
        memory.setU64(result, time);
        return wasi.ERRNO_SUCCESS;
      },
      poll_oneoff: (input: number, output: number, count: number, ready: number) =>
        this.#clock.poll(memory, input, output, count, ready),
      random_get: (at: number, length: number) => {
        const end = at + length;
        memory.bytes(at, length);
        for (let from = at; from < end; from += RANDOM_PIECE) {
          const piece = Math.min(RANDOM_PIECE, end - from);
          this.#running.charge(piece * BYTE_COST);
          this.#random.fill(memory.bytes(from, piece));
        }
        return wasi.ERRNO_SUCCESS;
      },
      fd_read: (fd: number, pieces: number, count: number, read: number) =>
        this.#read(fd, pieces, count, read, (file, size) => file.fd_read(size)),
      fd_pread: (fd: number, pieces: number, count: number, offset: bigint, read: number) => {
        let at = offset;
        return this.#read(fd, pieces, count, read, (file, size) => {
          const result = file.fd_pread(size, at);
          at += BigInt(result.data.length);
          return result;
        });
      },
      fd_write: (fd: number, pieces: number, count: number, written: number) =>
        this.#write(fd, pieces, count, written),
      fd_pwrite: (fd: number) => ifOpen(fd, wasi.ERRNO_SPIPE),
      fd_renumber: (from: number, to: number) => {
        const file = this.#files[from];
        if (file === undefined || this.#files[to] === undefined) return wasi.ERRNO_BADF;
        this.#files[from] = undefined;
        this.#files[to] = file;
        return wasi.ERRNO_SUCCESS;
      },
      fd_readdir: (fd: number, at: number, length: number, cookie: bigint, used: number) => {
        memory.bytes(at, length);
        const result = this.#shim.wasiImport['fd_readdir']?.(fd, at, length, cookie, used) as number;
        if (result === wasi.ERRNO_SUCCESS) this.#running.charge(memory.u32(used) * BYTE_COST);
        return result;
      },
      fd_fdstat_get: (fd: number, result: number) => this.#stat('fd_fdstat_get', result, 24, fd, result),
      fd_filestat_get: (fd: number, result: number) =>
        this.#stat('fd_filestat_get', result, STAT_BYTES, fd, result),
      path_filestat_get: (fd: number, flags: number, path: number, length: number, result: number) =>
        length > LONGEST_PATH
          ? wasi.ERRNO_NAMETOOLONG
          : this.#stat('path_filestat_get', result, STAT_BYTES, fd, flags, path, length, result),
      path_open: (
        fd: number,
        flags: number,
        path: number,
        length: number,
        openFlags: number,
        rights: bigint,
        inherited: bigint,
        fdFlags: number,
        opened: number,
      ) => {
        if (length > LONGEST_PATH) return wasi.ERRNO_NAMETOOLONG;
        const name = memory.text(path, length);
        memory.u32(opened);
        return this.#openPath(
          fd,
          name,
          openFlags,
          (file, wanted) => file.path_open(flags, name, wanted, rights, inherited, fdFlags),
          opened,
        );
      },
      path_readlink: (fd: number) => ifOpen(fd, wasi.ERRNO_INVAL),
      path_create_directory: readOnly,
      path_filestat_set_times: readOnly,
      path_link: readOnly,
      path_remove_directory: readOnly,
      path_rename: readOnly,
      path_symlink: (_path: number, _length: number, fd: number) => readOnly(fd),
      path_unlink_file: readOnly,
      fd_filestat_set_times: readOnly,
      proc_exit: (exitCode: number): never => {
        throw new ModuleExit(exitCode);
      },
      proc_raise: () => wasi.ERRNO_NOTSUP,
      sched_yield: () => wasi.ERRNO_SUCCESS,
      sock_accept: noSocket,
      sock_recv: noSocket,
      sock_send: noSocket,
      sock_shutdown: noSocket,
    };
  }

  #read(
    fd: number,
    pieces: number,
    count: number,
    total: number,
    readFrom: (file: Fd, size: number) => { ret: number; data: Uint8Array },
  ): number {
    const file = this.#files[fd];
    if (file === undefined) return wasi.ERRNO_BADF;
    if (count > MOST_PIECES) return wasi.ERRNO_INVAL;
    this.#memory.u32(total);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const address = this.#memory.u32(pieces + 8 * i);
      const size = this.#memory.u32(pieces + 8 * i + 4);
      const target = this.#memory.bytes(address, size);
      const { ret, data } = readFrom(file, size);
      if (ret !== wasi.ERRNO_SUCCESS) return ret;
      target.set(data);
      sum += data.length;
      this.#running.charge(data.length * BYTE_COST);
      if (data.length < size) break;
    }
    this.#memory.setU32(total, sum);
    return wasi.ERRNO_SUCCESS;
  }

  #write(fd: number, pieces: number, count: number, total: number): number {
    const file = this.#files[fd];
    if (file === undefined) return wasi.ERRNO_BADF;
    if (count > MOST_PIECES) return wasi.ERRNO_INVAL;
    this.#memory.u32(total);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const address = this.#memory.u32(pieces + 8 * i);
      const size = this.#memory.u32(pieces + 8 * i + 4);
      const data = this.#memory.bytes(address, size);
      this.#running.charge(size * BYTE_COST);
      const { ret, nwritten } = file.fd_write(data);
      if (ret !== wasi.ERRNO_SUCCESS) return ret;
      sum += nwritten;
    }
    this.#memory.setU32(total, sum);
    return wasi.ERRNO_SUCCESS;
  }

  #openPath(
    fd: number,
    name: string,
    openFlags: number,
    open: (directory: Fd, openFlags: number) => { ret: number; fd_obj: Fd | null },
    opened: number,
  ): number {
    const directory = this.#files[fd];
    if (directory === undefined) return wasi.ERRNO_BADF;
    const free = this.#files.indexOf(undefined);
    const place = free === -1 ? this.#files.length : free;
    if (place >= MOST_OPEN) return wasi.ERRNO_MFILE;
    const mayCreate = (openFlags & wasi.OFLAGS_CREAT) !== 0;
    // The shim would make the file that it does not find.
    const { ret, fd_obj: file } = open(
      directory,
      mayCreate ? openFlags & ~wasi.OFLAGS_CREAT & ~wasi.OFLAGS_EXCL : openFlags,
    );
    if (mayCreate && ret === wasi.ERRNO_NOENT) return wasi.ERRNO_ROFS;
    if (ret !== wasi.ERRNO_SUCCESS || file === null) return ret;
    if (mayCreate && (openFlags & wasi.OFLAGS_EXCL) !== 0) return wasi.ERRNO_EXIST;
    this.#running.charge(name.length * BYTE_COST);
    this.#files[place] = file;
    this.#memory.setU32(opened, place);
    return wasi.ERRNO_SUCCESS;
  }

  /** The shim leaves gaps in what it writes; they must not show what was there before. */
  #stat(name: string, result: number, size: number, ...values: number[]): number {
    this.#memory.bytes(result, size).fill(0);
    return this.#shim.wasiImport[name]?.(...values) as number;
  }
}

/** What a DataView or typed array of the shim throws for an address outside of memory. */
function isOutOfBounds(error: unknown): boolean {
  return error instanceof RangeError && !error.message.startsWith('Maximum call stack');
}
