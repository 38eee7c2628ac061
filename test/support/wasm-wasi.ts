// SPDX-License-Identifier: MIT
import asc from 'assemblyscript/asc';

/** Declares WASI for AssemblyScript, and wraps what tests use most. */
export const WASI_PRELUDE = `
  @external("wasi_snapshot_preview1", "args_sizes_get") declare function args_sizes_get(count: usize, size: usize): i32;
  @external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
  @external("wasi_snapshot_preview1", "fd_read") declare function fd_read(fd: i32, pieces: usize, count: i32, read: usize): i32;
  @external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, pieces: usize, count: i32, written: usize): i32;
  @external("wasi_snapshot_preview1", "fd_close") declare function fd_close(fd: i32): i32;
  @external("wasi_snapshot_preview1", "fd_readdir") declare function fd_readdir(fd: i32, at: usize, length: i32, cookie: i64, used: usize): i32;
  @external("wasi_snapshot_preview1", "path_open") declare function path_open(fd: i32, flags: i32, path: usize, length: i32, open: i32, rights: i64, inherited: i64, fdFlags: i32, opened: usize): i32;
  @external("wasi_snapshot_preview1", "path_unlink_file") declare function path_unlink_file(fd: i32, path: usize, length: i32): i32;
  @external("wasi_snapshot_preview1", "random_get") declare function random_get(at: usize, length: i32): i32;
  @external("wasi_snapshot_preview1", "clock_time_get") declare function clock_time_get(clock: i32, precision: i64, time: usize): i32;
  @external("wasi_snapshot_preview1", "poll_oneoff") declare function poll_oneoff(input: usize, output: usize, count: i32, ready: usize): i32;
  @external("wasi_snapshot_preview1", "fd_pread") declare function fd_pread(fd: i32, pieces: usize, count: i32, offset: i64, read: usize): i32;
  @external("wasi_snapshot_preview1", "fd_renumber") declare function fd_renumber(from: i32, to: i32): i32;
  @external("wasi_snapshot_preview1", "fd_filestat_get") declare function fd_filestat_get(fd: i32, result: usize): i32;
  @external("wasi_snapshot_preview1", "sock_accept") declare function sock_accept(fd: i32, flags: i32, result: usize): i32;
  @external("wasi_snapshot_preview1", "sock_recv") declare function sock_recv(fd: i32, pieces: usize, count: i32, flags: i32, read: usize, result: usize): i32;
  @external("wasi_snapshot_preview1", "sock_send") declare function sock_send(fd: i32, pieces: usize, count: i32, flags: i32, written: usize): i32;
  @external("wasi_snapshot_preview1", "sock_shutdown") declare function sock_shutdown(fd: i32, how: i32): i32;
  @external("wasi_snapshot_preview1", "environ_sizes_get") declare function environ_sizes_get(count: usize, size: usize): i32;
  @external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;

  /** Memory that the program does not use otherwise. */
  const FREE: usize = 32768;
  /** Writes bytes to a file. */
  function write(fd: i32, at: usize, length: i32): i32 {
    store<u32>(FREE - 16, <u32>at);
    store<u32>(FREE - 12, <u32>length);
    return fd_write(fd, FREE - 16, 1, FREE - 8);
  }
  /** Reads bytes from a file; returns how many. */
  function read(fd: i32, at: usize, length: i32): i32 {
    store<u32>(FREE - 16, <u32>at);
    store<u32>(FREE - 12, <u32>length);
    return fd_read(fd, FREE - 16, 1, FREE - 8) == 0 ? load<i32>(FREE - 8) : -1;
  }
  /** Opens a path below "/"; returns minus the errno when it fails. */
  function open(path: string, flags: i32 = 0, rights: i64 = 2): i32 {
    const length = String.UTF8.byteLength(path);
    String.UTF8.encodeUnsafe(changetype<usize>(path), path.length, FREE - 1024);
    const errno = path_open(3, 0, FREE - 1024, length, flags, rights, 0, 0, FREE - 8);
    return errno == 0 ? load<i32>(FREE - 8) : -errno;
  }
  /** Writes a number in four bytes to stdout. */
  function put(value: i32): void {
    store<i32>(FREE - 32, value);
    write(1, FREE - 32, 4);
  }
`;

/** A WASI command whose `_start` is this AssemblyScript; see WASI_PRELUDE for what it may call. */
export async function wasiCommand(start: string): Promise<Uint8Array<ArrayBuffer>> {
  return compileAssembly(`${WASI_PRELUDE}\nexport function _start(): void {\n${start}\n}`);
}

/** @throws what the compiler says */
export async function compileAssembly(
  source: string,
  { initialPages = 4 } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { error, binary, stderr } = await compile(source, initialPages);
  if (error !== null || binary === undefined) throw new Error(stderr, { cause: error });
  return binary;
}

async function compile(source: string, initialPages: number) {
  const stderr: string[] = [];
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error } = await asc.main(
    [
      'main.ts',
      '--outFile',
      'main.wasm',
      '--runtime',
      'stub',
      '--use',
      'abort=',
      '-O1',
      '--initialMemory',
      String(initialPages),
    ],
    {
      readFile: (name) => (name === 'main.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'main.wasm' && typeof contents !== 'string') binary = new Uint8Array(contents);
      },
      listFiles: () => [],
      stderr: { write: (text) => void stderr.push(String(text)) },
    },
  );
  return { error, binary, stderr: stderr.join('') };
}
