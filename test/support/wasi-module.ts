// SPDX-License-Identifier: MIT
import type { Inode } from '@bjorn3/browser_wasi_shim';
import { ConsoleStdout, Directory, File, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim';

export interface WasiRun {
  readonly args: readonly string[];
  readonly stdin?: Uint8Array;
  /** by path; a path may name one folder, as in `in/00000` */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

const tree = (files: Readonly<Record<string, Uint8Array>>): Map<string, Inode> => {
  const root = new Map<string, Inode>();
  for (const [path, bytes] of Object.entries(files)) {
    const [first = '', second] = path.split('/');
    if (second === undefined) {
      root.set(first, new File(bytes, { readonly: true }));
      continue;
    }
    const folder = root.get(first) ?? new Directory(new Map());
    if (folder instanceof Directory) folder.contents.set(second, new File(bytes, { readonly: true }));
    root.set(first, folder);
  }
  return root;
};

/** Runs a WASI command in plain WebAssembly, outside the sandbox. */
export const runWasi = (
  module: WebAssembly.Module,
  { args, stdin = new Uint8Array(), files = {} }: WasiRun,
): { exitCode: number; output: Uint8Array; errors: string } => {
  const written: Uint8Array[] = [];
  const complaints: Uint8Array[] = [];
  const wasi = new WASI(
    ['task', ...args],
    [],
    [
      new OpenFile(new File(stdin, { readonly: true })),
      new ConsoleStdout((bytes) => written.push(bytes.slice())),
      new ConsoleStdout((bytes) => complaints.push(bytes.slice())),
      new PreopenDirectory('/', tree(files)),
    ],
    { debug: false },
  );
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
  const exitCode = wasi.start(instance as { exports: { memory: WebAssembly.Memory; _start: () => unknown } });
  return { exitCode, output: Buffer.concat(written), errors: Buffer.concat(complaints).toString() };
};
