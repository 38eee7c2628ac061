// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { importPath, placeIn, untypedLint } from '../../support/house-lint.ts';

/** The arrows of DESIGN.md section 2, written down a second time on purpose. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  agent: ['protocol'],
  worker: ['protocol'],
  coordinator: ['protocol'],
  renderer: ['protocol'],
  electron: ['agent', 'protocol'],
  cli: ['agent', 'coordinator', 'protocol'],
};
const FOLDERS = Object.keys(MAY_IMPORT);

const FORMS: readonly ((path: string) => string)[] = [
  (path) => `import { something } from '${path}';`,
  (path) => `import type { Something } from '${path}';`,
  (path) => `import '${path}';`,
  (path) => `export { something } from '${path}';`,
  (path) => `export * from '${path}';`,
  (path) => `await import('${path}');`,
];

const lint = untypedLint(['house/import-arrows']);

const refusedLines = async (lines: readonly string[], place: string): Promise<number[]> =>
  (await lint(lines.join('\n'), place)).map(({ line }) => line);

describe('the rule of the import arrows', () => {
  test.each(FOLDERS)('lets %s/ import what the design says and refuses every other folder', async (from) => {
    const place = placeIn(from);
    const others = [...FOLDERS, 'test', 'bench', 'build', 'examples'].filter((folder) => folder !== from);
    const lines = others.map((folder) => `import '${importPath(place, folder)}';`);
    const refused = (await refusedLines(lines, place)).map((line) => others[line - 1]);
    expect(refused).toEqual(others.filter((folder) => !MAY_IMPORT[from]?.includes(folder)));
  });

  test.each(FOLDERS)('lets %s/ import itself and packages', async (from) => {
    const place = placeIn(from);
    expect(await refusedLines([`import '${importPath(place, from)}';`, "import 'zod';"], place)).toEqual([]);
  });

  test('bites in every form of import', async () => {
    const place = placeIn('worker');
    const lines = FORMS.map((form) => form(importPath(place, 'agent')));
    expect(await refusedLines(lines, place)).toEqual(FORMS.map((_, i) => i + 1));
  });

  test('bites in a component of the renderer', async () => {
    const place = placeIn('renderer', '.svelte');
    const script = ['<script lang="ts">', `import '${importPath(place, 'agent')}';`, '</script>'];
    expect(await refusedLines(script, place)).toEqual([2]);
  });

  test('lets tests import every folder', async () => {
    const place = placeIn('test/unit/protocol');
    const lines = FOLDERS.map((folder) => `import '${importPath(place, folder)}';`);
    expect(await refusedLines(lines, place)).toEqual([]);
  });
});
