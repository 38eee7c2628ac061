// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const FLAGS = join(import.meta.dirname, '../../../../worker/wasm/engine-flags.ts');

/** A module with one function, which does nothing. */
const MODULE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0];
const CODE = [10, 4, 1, 2, 0, 0x0b];

/** Which compiler a function that was called once comes from, in a process of its own. */
function compilerOf(prepare: string): string {
  const program = `
    import { setEngineFlags } from ${JSON.stringify(FLAGS)};
    ${prepare}
    const module = new WebAssembly.Module(Uint8Array.of(${[...MODULE, ...CODE].join()}));
    const { f } = new WebAssembly.Instance(module).exports;
    f();
    process.stdout.write(%IsLiftoffFunction(f) ? 'quick' : %IsTurboFanFunction(f) ? 'best' : 'other');`;
  const args = ['--allow-natives-syntax', '--input-type=module', '--eval', program];
  return execFileSync(process.execPath, args, { encoding: 'utf8' });
}

test('what is compiled once the flags are set comes from the better compiler at once', () => {
  expect(compilerOf('void setEngineFlags;')).toBe('quick');
  expect(compilerOf('setEngineFlags();')).toBe('best');
});
