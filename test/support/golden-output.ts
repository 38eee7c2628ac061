// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a command of another system printed; the lines above it in the file say which command, and where it is from. */
export function goldenOutput(system: 'macos' | 'windows', name: string): string {
  const path = join(import.meta.dirname, '..', 'golden', 'sensors', system, `${name}.txt`);
  return readFileSync(path, 'utf8').replace(/^(?:# .*\n)+\n/, '');
}
