// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  ASSEMBLYSCRIPT_MODULES,
  C_MODULES,
  CLANG_VERSION,
  clangVersion,
  compileAssemblyScript,
  compileC,
  EXAMPLE_NAMES,
} from '../../../build/examples.ts';
import { jobFileSchema } from '../../../protocol/job-file.ts';
import { needs } from '../../support/needs.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const STEPPED_EXPORTS = [
  'lull_alloc',
  'lull_begin',
  'lull_output_len',
  'lull_output_ptr',
  'lull_step',
  'memory',
];

describe('the committed modules', { timeout: 180_000 }, () => {
  test.each(ASSEMBLYSCRIPT_MODULES)('$wasm is what its AssemblyScript compiles to', async (module) => {
    const committed = await readFile(join(EXAMPLES, module.wasm));
    expect(committed.equals(await compileAssemblyScript(module))).toBe(true);
  });

  test.each(ASSEMBLYSCRIPT_MODULES)(
    '$wasm has the exports of a stepped module and imports nothing',
    async ({ wasm }) => {
      const module = new WebAssembly.Module(await readFile(join(EXAMPLES, wasm)));
      expect(WebAssembly.Module.imports(module)).toEqual([]);
      expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(STEPPED_EXPORTS);
    },
  );

  test.for(C_MODULES)('$wasm is what its C compiles to', async (module, context) => {
    const clang = needs('clang');
    if (!clang.ok) return context.skip(clang.reason);
    const version = await clangVersion();
    if (version !== CLANG_VERSION)
      return context.skip(`clang ${version} makes other bytes than ${CLANG_VERSION}`);
    const committed = await readFile(join(EXAMPLES, module.wasm));
    expect(committed.equals(await compileC(module))).toBe(true);
  });

  test.each(C_MODULES)('$wasm imports WASI preview 1 only', async ({ wasm }) => {
    const module = new WebAssembly.Module(await readFile(join(EXAMPLES, wasm)));
    const modules = WebAssembly.Module.imports(module).map((entry) => entry.module);
    expect(new Set(modules)).toEqual(new Set(['wasi_snapshot_preview1']));
  });

  test('refuses a source that does not compile with what the compiler says', async () => {
    const broken = { wasm: 'none.wasm', source: 'earthquakes/job.json' };
    await expect(compileAssemblyScript(broken)).rejects.toThrow(/does not compile/);
  });
});

describe('the job files', () => {
  test.each(EXAMPLE_NAMES)('%s is a valid job for one account, said in a sentence', async (name) => {
    const job = jobFileSchema.parse(JSON.parse(await readFile(join(EXAMPLES, name, 'job.json'), 'utf8')));
    expect(job).toMatchObject({ quorum: 1, pricePerGigafuel: '0.05', deadline: 7 * 86_400_000 });
    expect(job.description).toMatch(/[.?]$/);
  });
});
