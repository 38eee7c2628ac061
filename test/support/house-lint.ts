// SPDX-License-Identifier: MIT
import { readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

import { ESLint } from 'eslint';

const ROOT = join(import.meta.dirname, '../..');

export interface Finding {
  readonly rule: string;
  readonly line: number;
}

/** A file of a folder whose place (not its content) a test lints under. The typed rules know only real files. */
export const placeIn = (folder: string, ending = '.ts', unlike = 'system-clock.ts'): string => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const place = files.find(
    (file) => file.endsWith(ending) && !file.endsWith('.d.ts') && !file.endsWith(unlike),
  );
  if (place === undefined) throw new Error(`There is no ${ending} file in ${folder}/ to lint under.`);
  return join(folder, place);
};

/** How a file at `place` names a file at the top of `folder`. */
export const importPath = (place: string, folder: string): string => {
  const path = relative(dirname(place), join(folder, 'anything.ts')).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
};

const eslint = new ESLint({ cwd: ROOT });

const lintWith = async (linter: ESLint, text: string, place: string): Promise<Finding[]> => {
  const [result] = await linter.lintText(text, { filePath: join(ROOT, place) });
  return (result?.messages ?? []).map(({ ruleId, message, line }) => ({ rule: ruleId ?? message, line }));
};

/** What the house's own eslint.config.js says of this text at this place. */
export const lint = (text: string, place: string): Promise<Finding[]> => lintWith(eslint, text, place);

/** The same, but only of rules that need no types: without loading the whole program, so much faster. */
export const untypedLint = (
  rules: readonly string[],
): ((text: string, place: string) => Promise<Finding[]>) => {
  const linter = new ESLint({
    cwd: ROOT,
    ruleFilter: ({ ruleId }) => rules.includes(ruleId),
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  });
  return (text, place) => lintWith(linter, text, place);
};

/** The names of the rules that are on at this place, each as an error. */
export const rulesAt = async (place: string): Promise<string[]> => {
  const config = (await eslint.calculateConfigForFile(join(ROOT, place))) as {
    rules?: Record<string, unknown[]>;
  };
  return Object.entries(config.rules ?? {})
    .filter(([, [severity]]) => severity === 2)
    .map(([name]) => name);
};
