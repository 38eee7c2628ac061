// SPDX-License-Identifier: MIT
import { beforeAll, describe, expect, test } from 'vitest';

import { lint, placeIn, rulesAt, untypedLint } from '../../support/house-lint.ts';

const PRODUCT = ['protocol', 'agent', 'worker', 'coordinator', 'electron', 'cli'];

/** For each rule of the house a text that it must refuse. */
const REFUSED: Readonly<Record<string, string>> = {
  'house/import-arrows': "import '../../worker/anything.ts';",
  'sort-imports/imports':
    "import { z } from 'zod';\nimport { join } from 'node:path';\nexport const x = [z, join];",
  'no-console': "console.log('here');",
  eqeqeq: 'export const same = (a: number, b: number): boolean => a == b;',
  'prefer-const': 'let one = 1;\nexport const two = one + one;',
  'no-var': 'export var old = 1;',
  '@typescript-eslint/no-floating-promises':
    'export const go = (later: Promise<void>): void => {\n  later;\n};',
  '@typescript-eslint/no-misused-promises':
    'export const go = (later: Promise<boolean>): number => (later ? 1 : 2);',
  '@typescript-eslint/await-thenable': 'export const go = async (): Promise<number> => await 1;',
  '@typescript-eslint/consistent-type-imports':
    "import { ZodType } from 'zod';\nexport const x = (y: ZodType): ZodType => y;",
  '@typescript-eslint/no-explicit-any': 'export const x = (y: any): number => (y === 1 ? 1 : 2);',
  '@typescript-eslint/no-unsafe-assignment': "export const x: { y: number } = JSON.parse('1');",
  '@typescript-eslint/no-unsafe-return': "export const x = (): number => JSON.parse('1');",
  '@typescript-eslint/no-unsafe-call': "JSON.parse('1')();",
  '@typescript-eslint/no-unsafe-member-access': "export const x = String(JSON.parse('1').y);",
  '@typescript-eslint/switch-exhaustiveness-check':
    "export const x = (y: 'a' | 'b'): number => {\n  switch (y) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n};",
  '@typescript-eslint/only-throw-error': "throw 'a string';",
  '@typescript-eslint/no-unused-vars': 'const unused = 1;',
  '@typescript-eslint/ban-ts-comment': '// @ts-ignore\nexport const x = 1;',
  'no-restricted-globals': 'setTimeout(() => undefined, 1);',
  'no-restricted-properties': 'export const x = Date.now();',
  'no-restricted-syntax': 'export const x = new Date();',
  'no-restricted-imports': "import 'node:timers/promises';",
};

const REAL_TIME: readonly string[] = [
  'setTimeout(() => undefined, 1);',
  'setInterval(() => undefined, 1);',
  'setImmediate(() => undefined);',
  'export const x = performance.now();',
  'export const x = Date.now();',
  'export const x = new Date();',
  'export const x = Date();',
  'export const x = globalThis.setTimeout;',
  'export const x = globalThis.performance;',
  'export const x = process.hrtime.bigint();',
  "import 'node:timers';",
  "import 'timers';",
  "import 'node:timers/promises';",
  "import 'timers/promises';",
  "import 'node:perf_hooks';",
  "import 'perf_hooks';",
];

const CLOCK_RULES = [
  'no-restricted-globals',
  'no-restricted-properties',
  'no-restricted-syntax',
  'no-restricted-imports',
];

const rulesOf = async (text: string, place: string): Promise<string[]> =>
  (await lint(text, place)).map(({ rule }) => rule);
const untyped = untypedLint([...CLOCK_RULES, 'no-console']);
const untypedRulesOf = async (text: string, place: string): Promise<string[]> =>
  (await untyped(text, place)).map(({ rule }) => rule);

describe('the lint rules of the house', () => {
  // The first text waits until the types of the whole repository are known.
  beforeAll(() => lint('', placeIn('agent/policy')), 300_000);

  test.each(Object.entries(REFUSED))('%s bites', async (rule, text) => {
    expect(await rulesOf(text, placeIn('agent/policy'))).toContain(rule);
  });

  test('are all tried here', async () => {
    expect((await rulesAt('agent/ports.ts')).toSorted()).toEqual(Object.keys(REFUSED).toSorted());
  });

  test('find nothing wrong with a good file', async () => {
    const text = [
      '// SPDX-License-Identifier: MIT',
      "import type { Clock } from '../../protocol/clock.ts';",
      '',
      'export const age = (clock: Clock, since: number): number => clock.now() - since;',
      'export const day = (at: number): string => new Date(at).toISOString();',
    ];
    expect(await lint(`${text.join('\n')}\n`, 'agent/policy/pause.ts')).toEqual([]);
  });

  test.each(PRODUCT)('are all on in %s/', async (folder) => {
    const rules = await rulesAt(placeIn(folder));
    expect(Object.keys(REFUSED).filter((rule) => !rules.includes(rule))).toEqual([]);
  });

  test('a promise that is only voided is still a floating one', async () => {
    const text = 'export const go = (later: Promise<void>): void => {\n  void later;\n};';
    expect(await rulesOf(text, placeIn('agent/policy'))).toContain('@typescript-eslint/no-floating-promises');
  });

  test('print only from build and bench', async () => {
    expect(await untypedRulesOf("console.log('here');", 'build/check.ts')).not.toContain('no-console');
    expect(await untypedRulesOf("console.log('here');", placeIn('cli'))).toContain('no-console');
    expect(await untypedRulesOf("console.log('here');", placeIn('renderer'))).toContain('no-console');
  });
});

describe('the clock rule', () => {
  test.each(REAL_TIME)('refuses `%s` in a product folder', async (text) => {
    expect(await untypedRulesOf(text, placeIn('agent/policy'))).not.toEqual([]);
  });

  test.each([...PRODUCT, 'renderer'])('holds in %s/', async (folder) => {
    const place = placeIn(folder);
    for (const text of ['setTimeout(() => undefined, 1);', 'export const x = Date.now();']) {
      expect(await untypedRulesOf(text, place)).not.toEqual([]);
    }
  });

  test.each([
    'agent/adapters/system-clock.ts',
    'coordinator/system-clock.ts',
    'renderer/system-clock.ts',
    'build/check.ts',
    'test/support/test-clock.ts',
  ])('leaves %s alone', async (place) => {
    for (const text of REAL_TIME) expect(await untypedRulesOf(text, place)).toEqual([]);
  });
});

describe('the rules for components', () => {
  const script = (line: string): string => `<script lang="ts">\n  ${line}\n</script>\n`;

  test.each([
    ['@typescript-eslint/no-explicit-any', script('let { x }: { x: any } = $props();')],
    ['@typescript-eslint/no-unused-vars', script('const unused = 1;')],
    ['svelte/no-at-html-tags', '<p>{@html "<b>bold</b>"}</p>\n'],
    ['no-console', script("console.log('here');")],
    ['no-restricted-globals', script('setTimeout(() => undefined, 1);')],
  ])('%s bites', async (rule, text) => {
    expect(await rulesOf(text, placeIn('renderer', '.svelte'))).toContain(rule);
  });
});
