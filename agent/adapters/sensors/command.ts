// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';

/** Runs one of the system's own commands. Resolves with what it printed. @throws when it failed or took too long */
export type RunCommand = (file: string, args: readonly string[]) => Promise<string>;

const PATIENCE_MS = 5000;

export const runCommand: RunCommand = (file, args) =>
  new Promise((resolve, reject) => {
    execFile(
      file,
      args,
      // Numbers and words as they are everywhere, whatever language the owner speaks.
      {
        timeout: PATIENCE_MS,
        maxBuffer: 4 * 1024 * 1024,
        windowsHide: true,
        env: { ...process.env, LC_ALL: 'C' },
      },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
  });
