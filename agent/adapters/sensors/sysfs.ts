// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** One line of sysfs; empty when there is no such file, or the driver cannot say now. */
export function lineOf(path: string): string {
  try {
    // Asked first: an error for what is not there, every second, is most of what looking would cost.
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  } catch {
    // Each driver offers some of the files, and may answer ENODEV while the hardware changes.
    return '';
  }
}

/** A number of sysfs; undefined where there is none. */
export function numberOf(path: string): number | undefined {
  const line = lineOf(path);
  const value = Number(line);
  return line === '' || !Number.isFinite(value) ? undefined : value;
}

/** Names in a folder; none when there is no such folder. @throws when it is there and may not be read */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Names in a folder, in order; none when it cannot be read. */
export function entriesOf(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  } catch {
    // What is not there has nothing in it.
    return [];
  }
}
