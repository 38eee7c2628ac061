// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { bundleForNode } from '../../../build/vite-node.ts';
import { ROOT } from '../../support/processes.ts';

describe('a program that uses conf, fastify and ws', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lull-bundle-'));
    file = join(folder, 'program.mjs');
    await bundleForNode({
      root: ROOT,
      entry: join(ROOT, 'test/support/lean-program.ts'),
      file,
      format: 'es',
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('runs without what it only mentions, and loads TLS when it comes to use them', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(JSON.parse(stdout)).toEqual({
      sign: '…',
      before: [],
      after: ['https', 'tls'],
      refusal: expect.stringMatching(/^(EPROTO|ERR_SSL_)/) as string,
    });
  });

  test.each([
    'ajv/dist/2020.js',
    'ajv-formats',
    'semver',
    '@fastify/ajv-compiler',
    '@fastify/fast-json-stringify-compiler',
    'light-my-request',
    'pino',
  ])('carries, instead of %s, the sentence that it is not part of it', async (name) => {
    expect(await readFile(file, 'utf8')).toContain(`${name} is not part of this program`);
  });

  test('is a text that V8 keeps in one byte for each character', async () => {
    expect(await readFile(file, 'utf8')).toMatch(/^[\0-\xff]*$/);
  });
});
