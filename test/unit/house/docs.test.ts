// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { docsProblems, type DocsWorld } from '../../../build/docs.ts';

const PATHS = ['agent/', 'agent/ports.ts', 'agent/policy/', 'README.md', 'agent/README.md'];
const world: DocsWorld = {
  folder: 'agent',
  scripts: ['start', 'check'],
  folders: new Set(['agent', 'policy']),
  exists: (path) => PATHS.some((known) => known === path || known === `${path}/` || `${known}/` === path),
};

describe('the check of the docs', () => {
  test.each([
    'Run `npm run check`, or `npm start`.',
    'See [the ports](ports.ts), [home](../README.md#top) and [elsewhere](https://example.org/none.md).',
    'The file `agent/ports.ts`, or from here `ports.ts`; the folder `agent/policy/`, in short `policy/`.',
    'Not paths: `wasi`, `in/00000`, `agent/*/x.ts`, `application/json`, `dist/lull.js`, `a > b`, `GET /v1/jobs`.',
    '```\nagent/none.ts\n```',
  ])('finds nothing wrong with: %s', (markdown) => {
    expect(docsProblems(markdown, world)).toEqual([]);
  });

  test.each([
    ['npm run chekc', 'package.json has no script "chekc".'],
    ['npm test', 'package.json has no script "test".'],
    ['[ports](port.ts)', 'The link to port.ts leads nowhere.'],
    ['`agent/port.ts`', 'There is no agent/port.ts.'],
    ['`agent/polcy`', 'There is no agent/polcy.'],
    ['`protcol/ids.ts`', 'There is no protcol/ids.ts.'],
    ['`polcy/`', 'There is no polcy/.'],
  ])('finds what is wrong with: %s', (markdown, problem) => {
    expect(docsProblems(markdown, world)).toEqual([problem]);
  });
});
