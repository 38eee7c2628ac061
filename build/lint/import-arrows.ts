// SPDX-License-Identifier: MIT
import { dirname, relative, resolve, sep } from 'node:path';

import type { Rule } from 'eslint';

/** Which top-level folder may import which (DESIGN.md section 2). A folder may always import itself. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  agent: ['protocol'],
  worker: ['protocol'],
  coordinator: ['protocol'],
  assets: ['protocol'],
  renderer: ['protocol', 'assets'],
  electron: ['agent', 'protocol', 'assets'],
  cli: ['agent', 'coordinator', 'protocol', 'assets'],
  build: [],
};

const topFolder = (root: string, file: string): string => relative(root, file).split(sep)[0] ?? '';

/** Refuses an import that goes against the arrows of the house. */
export const importArrows: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { against: '{{from}}/ may not import {{to}}/ (import arrows, see ARCHITECTURE.md)' },
  },
  create(context) {
    const root = context.cwd;
    const from = topFolder(root, context.filename);
    const allowed = ARROWS[from];
    if (allowed === undefined) return {};
    const check = (node: Rule.Node, source: unknown): void => {
      if (typeof source !== 'string' || !source.startsWith('.')) return;
      const to = topFolder(root, resolve(dirname(context.filename), source));
      if (to !== from && !allowed.includes(to))
        context.report({ node, messageId: 'against', data: { from, to } });
    };
    return {
      ImportDeclaration: (node) => check(node as Rule.Node, node.source.value),
      ExportNamedDeclaration: (node) => check(node as Rule.Node, node.source?.value),
      ExportAllDeclaration: (node) => check(node as Rule.Node, node.source.value),
      ImportExpression: (node) => {
        if (node.source.type === 'Literal') check(node as Rule.Node, node.source.value);
      },
    };
  },
};
