// SPDX-License-Identifier: MIT
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

import type { Protocol } from 'electron';

/** The window's own origin, instead of `file://`: nothing on disk but the renderer's folder has an address. */
export const APP_SCHEME = 'lull';
export const APP_HOST = 'app';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** Everything from the app's own files, nothing inline, nothing from anywhere else. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/** A plain name: no dot in front, no separator, drive, stream or NUL of any system. */
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

const refuse = (status: number): Response => new Response(null, { status, headers: HEADERS });

/** Must run before the app is ready. */
export function registerAppScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** @returns the path inside the renderer's folder, or undefined when the URL asks for anything else. */
function pathOf(url: string): string[] | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.protocol !== `${APP_SCHEME}:` || parsed.host !== APP_HOST)
    return undefined;
  const path = parsed.pathname === '/' ? '/index.html' : parsed.pathname;
  const segments = path.slice(1).split('/');
  return segments.every((segment) => SEGMENT.test(segment)) ? segments : undefined;
}

/** Answers `lull://app/…` from the renderer's folder, and from nowhere else. */
export function appProtocolHandler(rendererDir: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
    const segments = pathOf(request.url);
    if (segments === undefined) return refuse(404);
    const mediaType = MEDIA_TYPES[extname(segments.at(-1) ?? '')];
    if (mediaType === undefined) return refuse(404);
    try {
      const root = await realpath(rendererDir);
      const file = await realpath(join(root, ...segments));
      if (!file.startsWith(root + sep)) return refuse(404);
      const body = request.method === 'HEAD' ? null : new Uint8Array(await readFile(file));
      return new Response(body, { status: 200, headers: { ...HEADERS, 'content-type': mediaType } });
    } catch (error) {
      if (error instanceof Error && 'code' in error) return refuse(404);
      throw error;
    }
  };
}
