// SPDX-License-Identifier: MIT
import type { Fd } from '@bjorn3/browser_wasi_shim';

import type { OpenFileState } from './checkpoint/machine-state.ts';
import {
  InputDirectory,
  InputFile,
  InputFolder,
  OpenInput,
  OpenInputDirectory,
  OutputStream,
} from './wasi-files.ts';

/** A checkpoint names a file that this task does not have. */
export class UnknownFile extends Error {
  override readonly name = 'UnknownFile';
}

export interface OpenFilesParts {
  readonly stdin: Uint8Array;
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
}

/** What a module has open, by file descriptor; can be told and opened again elsewhere. */
export class OpenFiles {
  readonly table: (Fd | undefined)[];
  readonly #stdin: InputFile;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #folder: InputFolder;

  /** @throws {ConflictingFiles} */
  constructor({ stdin, files, stdout, stderr }: OpenFilesParts) {
    this.#stdin = new InputFile(stdin);
    this.#stdout = new OutputStream(stdout);
    this.#stderr = new OutputStream(stderr);
    this.#folder = new InputFolder(files);
    this.table = [new OpenInput(this.#stdin), this.#stdout, this.#stderr, this.#folder];
  }

  /** By descriptor; null where it is closed. */
  state(): (OpenFileState | null)[] {
    return this.table.map((file) => (file === undefined ? null : this.#describe(file)));
  }

  /** @throws {UnknownFile} */
  restore(states: readonly (OpenFileState | null)[]): void {
    const files = states.map((state) => (state === null ? undefined : this.#open(state)));
    this.table.splice(0, Infinity, ...files);
  }

  #describe(file: Fd): OpenFileState {
    if (file === this.#stdout) return { kind: 'stdout' };
    if (file === this.#stderr) return { kind: 'stderr' };
    if (file instanceof OpenInputDirectory) return { kind: 'folder', path: file.input.path };
    if (file instanceof OpenInput) {
      const { path } = file.input;
      const offset = file.file_pos.toString();
      return path === undefined ? { kind: 'stdin', offset } : { kind: 'file', path, offset };
    }
    return { kind: 'root' };
  }

  #open(state: OpenFileState): Fd {
    switch (state.kind) {
      case 'stdout':
        return this.#stdout;
      case 'stderr':
        return this.#stderr;
      case 'root':
        return this.#folder;
      case 'stdin':
        return openAt(this.#stdin, state.offset);
      case 'file': {
        const file = this.#folder.find(state.path);
        if (!(file instanceof InputFile)) throw new UnknownFile(`it names the file "${state.path}"`);
        return openAt(file, state.offset);
      }
      case 'folder': {
        const folder = this.#folder.find(state.path);
        if (!(folder instanceof InputDirectory)) throw new UnknownFile(`it names the folder "${state.path}"`);
        return new OpenInputDirectory(folder);
      }
    }
  }
}

function openAt(file: InputFile, offset: string): OpenInput {
  const opened = new OpenInput(file);
  opened.file_pos = BigInt(offset);
  return opened;
}
