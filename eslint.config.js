// SPDX-License-Identifier: MIT
import sortImports from 'eslint-plugin-simple-import-sort';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';

import { importArrows } from './build/lint/import-arrows.ts';

const CLOCK = 'Time comes from the Clock port (protocol/clock.ts); only system-clock.ts may read it.';

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'performance'];
const TIME_MODULES = ['timers', 'timers/promises', 'perf_hooks'];

/** Every way to read or wait for real time. */
const clockRules = {
  'no-restricted-globals': ['error', ...TIMERS.map((name) => ({ name, message: CLOCK }))],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: CLOCK },
    { object: 'process', property: 'hrtime', message: CLOCK },
    ...['globalThis', 'window'].flatMap((object) =>
      TIMERS.map((property) => ({ object, property, message: CLOCK })),
    ),
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
    { selector: "CallExpression[callee.name='Date']", message: CLOCK },
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: TIME_MODULES.flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, message: CLOCK })),
    },
  ],
};

const house = {
  plugins: { house: { rules: { 'import-arrows': importArrows } }, 'sort-imports': sortImports },
  rules: {
    'house/import-arrows': 'error',
    'sort-imports/imports': 'error',
    'no-console': 'error',
    eqeqeq: 'error',
    'prefer-const': 'error',
    'no-var': 'error',
  },
};

const typed = {
  '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-unsafe-assignment': 'error',
  '@typescript-eslint/no-unsafe-return': 'error',
  '@typescript-eslint/no-unsafe-call': 'error',
  '@typescript-eslint/no-unsafe-member-access': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/no-unused-vars': 'error',
  '@typescript-eslint/ban-ts-comment': 'error',
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'examples/*/assembly/**', 'examples/lib/**', 'release/**'] },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
      globals: globals.node,
    },
    plugins: { ...house.plugins, '@typescript-eslint': tseslint.plugin },
    rules: { ...house.rules, ...typed },
  },
  {
    files: ['{protocol,agent,worker,coordinator,electron,cli,renderer}/**/*.{ts,svelte}'],
    ignores: ['**/system-clock.ts'],
    rules: clockRules,
  },
  ...svelte.configs.base,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
        parser: tseslint.parser,
      },
      globals: globals.browser,
    },
    plugins: { ...house.plugins, '@typescript-eslint': tseslint.plugin },
    rules: {
      ...house.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': 'error',
      'svelte/no-at-html-tags': 'error',
    },
  },
  { files: ['build/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
