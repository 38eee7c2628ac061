// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';

/** One line of sysfs; empty when there is no such file, or the driver cannot say now. */
export function lineOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
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

/** Names in a folder, in order; none when it cannot be read. */
export function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // What is not there has nothing in it.
    return [];
  }
}
