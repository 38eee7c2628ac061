// SPDX-License-Identifier: MIT
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const MAKERS = new Set(['BrowserWindow', 'BaseWindow', 'WebContentsView', 'BrowserView']);

/** Every `new X.BrowserWindow(…)` and the like in a source. */
function windowsMadeIn(source: string): string[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const made: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const name = node.expression.getText(file).split('.').at(-1) ?? '';
      if (MAKERS.has(name)) made.push(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return made;
}

describe('windows', () => {
  it('are made in electron/windows.ts, once, and in no other file', () => {
    const files = globSync('{protocol,agent,worker,coordinator,electron,renderer,cli,build}/**/*.ts', {
      cwd: ROOT,
    });
    const makers = files.flatMap((path) =>
      windowsMadeIn(readFileSync(join(ROOT, path), 'utf8')).map(() => path.replaceAll('\\', '/')),
    );
    expect(makers).toEqual(['electron/windows.ts']);
  });

  it('would be found wherever they are made', () => {
    expect(
      windowsMadeIn('const w = new electron.BrowserWindow({}); new BaseWindow(); f(new Other())'),
    ).toEqual(['BrowserWindow', 'BaseWindow']);
  });

  it('never have their protections turned off anywhere in electron/', () => {
    const files = globSync('electron/**/*.ts', { cwd: ROOT });
    const sources = files.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
    for (const off of [
      /webSecurity/,
      /sandbox: false/,
      /contextIsolation: false/,
      /nodeIntegration\w*: true/,
      /allowRunningInsecureContent/,
      /experimentalFeatures/,
      /enableBlinkFeatures/,
      /bypassCSP/,
      /openExternal/,
      /file:\/\/[a-z]/,
      /ELECTRON_RUN_AS_NODE/,
    ]) {
      expect(sources).not.toMatch(off);
    }
  });
});
