// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  appProtocolHandler,
  CONTENT_SECURITY_POLICY,
  registerAppScheme,
} from '../../../electron/app-protocol.ts';
import { FakeElectron } from '../../support/fake-electron.ts';

const SECRET = 'the key of the wallet';

let folder: string;
let ask: (url: string, method?: string) => Promise<Response>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-protocol-'));
  const renderer = join(folder, 'renderer');
  mkdirSync(join(renderer, 'assets'), { recursive: true });
  mkdirSync(join(folder, 'renderer-old'));
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>Lull</title>');
  writeFileSync(join(renderer, 'assets/main-B0x.js'), 'export {};');
  writeFileSync(join(renderer, 'assets/notes.exe'), 'MZ');
  writeFileSync(join(renderer, '.env.json'), SECRET);
  writeFileSync(join(folder, 'keys.json'), SECRET);
  writeFileSync(join(folder, 'renderer-old/index.html'), SECRET);
  symlinkSync(join(folder, 'keys.json'), join(renderer, 'link.json'));
  const handle = appProtocolHandler(renderer);
  ask = (url, method = 'GET') => handle(new Request(url, { method }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the lull://app protocol', () => {
  it('is registered as a standard, secure scheme without a way around the CSP', () => {
    const electron = new FakeElectron();
    registerAppScheme(electron.api.protocol);
    expect(electron.schemes).toEqual([
      [{ scheme: 'lull', privileges: { standard: true, secure: true, supportFetchAPI: true } }],
    ]);
  });

  it.each([
    ['lull://app/', 'text/html; charset=utf-8'],
    ['lull://app/index.html', 'text/html; charset=utf-8'],
    ['lull://app/index.html?x=1#/home', 'text/html; charset=utf-8'],
    ['lull://app/assets/main-B0x.js', 'text/javascript; charset=utf-8'],
  ])('serves %s from the renderer folder', async (url, mediaType) => {
    const response = await ask(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(mediaType);
    expect((await response.text()).length).toBeGreaterThan(5);
  });

  it('sends the strict CSP and nosniff with every answer, refusals too', async () => {
    for (const url of ['lull://app/index.html', 'lull://app/nothing.html']) {
      const response = await ask(url);
      expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'");
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|http|\*/);
  });

  it.each([
    'lull://app/../keys.json',
    'lull://app/%2e%2e/keys.json',
    'lull://app/%2e%2e%2fkeys.json',
    'lull://app/..%2fkeys.json',
    'lull://app/..%5ckeys.json',
    'lull://app/assets/..%2f..%2fkeys.json',
    'lull://app/assets//..//..//keys.json',
    'lull://app/../renderer-old/index.html',
    'lull://app/.env.json',
    'lull://app/link.json',
    'lull://app/keys.json%00.html',
    'lull://app/C:/keys.json',
    'lull://app//etc/passwd.txt',
    'lull://app/index.html::$DATA',
    'lull://app/assets',
    'lull://app/assets/notes.exe',
    'lull://other/index.html',
    'lull://app:80/index.html',
    'https://app/index.html',
  ])('refuses %s', async (url) => {
    const response = await ask(url);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  it('answers a HEAD without a body and refuses every other method', async () => {
    const head = await ask('lull://app/index.html', 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await ask('lull://app/', method)).status).toBe(405);
  });

  it('never gives out anything from outside, whatever the path', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '%2e%2e',
        '%2f',
        '%5c',
        '\\',
        '/',
        'keys.json',
        'renderer-old',
        'index.html',
        '%00',
        ':',
      ),
      fc.string({ maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const url = `lull://app/${pieces.join('/')}`;
        if (!URL.canParse(url)) return;
        expect(await (await ask(url)).text()).not.toContain(SECRET);
      }),
      { numRuns: 300 },
    );
  });
});
