// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

import { LullError } from '../../protocol/errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** A name that Vite made from the content: `assets/index-BwCpihbg.css`. */
const HASHED = /^\/assets\/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

interface WebFile {
  readonly type: string;
  readonly immutable: boolean;
  readonly bytes: Buffer;
}

/** The renderer's files by address. Listed once: an address is looked up, never made into a path. */
export class WebFiles {
  readonly #files: ReadonlyMap<string, string>;

  private constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  /** @throws {LullError} `not_found` when the folder holds no page */
  static async list(dir: string): Promise<WebFiles> {
    const found = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = new Map<string, string>();
    for (const entry of found) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile()) files.set(`/${relative(dir, file).split(sep).join('/')}`, file);
    }
    const page = files.get('/index.html');
    if (page === undefined) {
      throw new LullError(
        'not_found',
        `The window's files are not in ${dir}: build them with "npm run build".`,
      );
    }
    return new WebFiles(files.set('/', page));
  }

  /** @param path the address's path, as it was sent */
  async read(path: string): Promise<WebFile | undefined> {
    const file = this.#files.get(path);
    const type = TYPES[extname(file ?? '')];
    if (file === undefined || type === undefined) return undefined;
    try {
      return { type, immutable: HASHED.test(path), bytes: await readFile(file) };
    } catch (error) {
      // It was there at the start: a new build has taken its place since.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
