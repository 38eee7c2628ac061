// SPDX-License-Identifier: MIT
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** What a page may point at. */
export interface DocsWorld {
  /** the page's folder, relative to the root */
  readonly folder: string;
  readonly scripts: readonly string[];
  /** names of folders anywhere in the repository: a page may call `agent/policy/` just `policy/` */
  readonly folders: ReadonlySet<string>;
  /** whether a path relative to the root is there */
  exists(path: string): boolean;
}

const NPM_SCRIPT = /\bnpm (?:run ([\w:-]+)|(start|test)\b)/g;
const LINK = /\]\(([^)\s]+)\)/g;
const CODE = /`([^`\n]+)`/g;
/** A span of code that is meant as a path: folders and names joined by slashes, without blanks or patterns. */
const PATH = /^[\w.@-]+(?:\/[\w.@-]+)*\/?$/;
const FILE = /\.(?:ts|js|json|md|svelte|c|cjs|mjs|yml|html|css)$/;
/** Made by a build or an installation, or outside of the repository. */
const MADE = /^(?:dist|node_modules|release|coverage)(?:\/|$)/;

const isPath = (text: string, { exists }: DocsWorld): boolean => {
  if (!PATH.test(text) || !text.includes('/') || MADE.test(text)) return false;
  return FILE.test(text) || text.endsWith('/') || exists(text.split('/')[0] ?? '');
};

/** Every path and npm script that a page names and that is not there, each as a sentence. */
export const docsProblems = (markdown: string, world: DocsWorld): string[] => {
  const problems: string[] = [];
  const isThere = (path: string): boolean =>
    world.exists(join(world.folder, path)) || world.exists(path) || world.folders.has(path.slice(0, -1));
  for (const [, script, short] of markdown.matchAll(NPM_SCRIPT)) {
    const name = script ?? short ?? '';
    if (!world.scripts.includes(name)) problems.push(`package.json has no script "${name}".`);
  }
  for (const [, target = ''] of markdown.matchAll(LINK)) {
    const path = target.replace(/#.*$/, '');
    if (path === '' || /^[a-z]+:/.test(path)) continue;
    if (!world.exists(join(world.folder, path))) problems.push(`The link to ${target} leads nowhere.`);
  }
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '');
  for (const [, text = ''] of prose.matchAll(CODE)) {
    if (isPath(text, world) && !isThere(text)) problems.push(`There is no ${text}.`);
  }
  return problems;
};

/** Checks these pages of a repository. @returns one line a problem */
export const checkDocs = (root: string, pages: readonly string[]): string[] => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const folders = new Set(
    globSync('**/', { cwd: root, exclude: (path) => MADE.test(path) || path.startsWith('.git') }).map(
      (path) => basename(path),
    ),
  );
  return pages.flatMap((page) => {
    if (!existsSync(join(root, page))) return [`${page}: this page is missing.`];
    const world: DocsWorld = {
      folder: dirname(page),
      scripts: Object.keys(scripts),
      folders,
      exists: (path) => {
        const inside = relative(root, join(root, path));
        return !inside.startsWith('..') && existsSync(join(root, inside));
      },
    };
    return docsProblems(readFileSync(join(root, page), 'utf8'), world).map(
      (problem) => `${page}: ${problem}`,
    );
  });
};
