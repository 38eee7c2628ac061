// SPDX-License-Identifier: MIT
import { closeSync, openSync, readSync } from 'node:fs';

/*
 * Small files of /proc, read over and over: into one buffer and without asking for their size first, so that reading them
 * every second leaves next to nothing behind.
 */

const buffer = Buffer.allocUnsafeSlow(16 * 1024);

/** The beginning of a file, as far as the buffer goes. @throws what the system says */
export function procText(path: string, most = buffer.length): string {
  const handle = openSync(path, 'r');
  try {
    return buffer.toString('latin1', 0, readSync(handle, buffer, 0, Math.min(most, buffer.length), 0));
  } finally {
    closeSync(handle);
  }
}

/** A file that stays open: the kernel writes it anew at every reading. */
export class ProcFile {
  readonly #path: string;
  readonly #most: number;
  #handle: number | undefined;

  /** @param most how much of it is wanted, bytes */
  constructor(path: string, most: number) {
    this.#path = path;
    this.#most = most;
  }

  /** @throws what the system says; it is opened anew the next time */
  text(): string {
    this.#handle ??= openSync(this.#path, 'r');
    try {
      return buffer.toString('latin1', 0, readSync(this.#handle, buffer, 0, this.#most, 0));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}
