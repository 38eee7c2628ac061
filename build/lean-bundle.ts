// SPDX-License-Identifier: MIT
import type { Plugin } from 'vite';

const X11_EXTENSIONS =
  'apple-wm big-requests composite damage dbe dpms dri3 fixes ge glx present randr record render res screen-saver shape shm xc-misc xinerama xinput xkb xtest xv'.split(
    ' ',
  );

/** What a package mentions, and none of our programs comes to use: a bundle without it is smaller in memory too. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  // Settings are checked with zod, and have no migrations of conf's kind.
  conf: ['ajv/dist/2020.js', 'ajv-formats', 'semver'],
  // Only for objects that are asked to describe themselves; ours are known.
  'dbus-native': ['xml2js'],
  // Of X11 only the counter of idle time and what windows say of themselves: the server and the other extensions stay out.
  x11: ['./xserver', './keysyms', './fdpass', ...X11_EXTENSIONS.map((name) => `./ext/${name}`)],
  // Zod checks, JSON.stringify writes, our logger logs; no plugins, and tests that inject run from sources.
  fastify: [
    '@fastify/ajv-compiler',
    '@fastify/fast-json-stringify-compiler',
    'light-my-request',
    'pino',
    'semver',
  ],
};

/** Modules of Node that a package loads at once, and uses late or never: together 10 MB of a process. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  fastify: ['https', 'http2'],
  ws: ['https', 'tls', 'zlib'],
};

const LEFT_OUT_ID = '\0left-out:';
const LATE_ID = '\0late:';

/** The package that a file of node_modules belongs to. */
const packageOf = (file: string | undefined): string =>
  /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file ?? '')?.[1] ?? '';

const leftOut = (name: string): string => `
function leftOut() { throw new Error(${JSON.stringify(`${name} is not part of this program: see build/lean-bundle.ts`)}); }
module.exports = new Proxy(leftOut, { get: (target, key) => key === '__esModule' ? undefined : key in target ? target[key] : leftOut });
`;

const late = (name: string): string => `
module.exports = new Proxy({}, { get: (_, key) => process.getBuiltinModule(${JSON.stringify(name)})[key] });
`;

/** V8 keeps a text that has but one character beyond Latin-1 in two bytes for each. */
const inLatin1 = (code: string): string =>
  code.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Keeps out of a program, or out of its memory, what it does not use. */
export function leanBundle(): Plugin {
  return {
    name: 'lull:lean-bundle',
    enforce: 'pre',
    resolveId(id, importer) {
      const name = packageOf(importer);
      if (LEFT_OUT[name]?.includes(id) === true) return LEFT_OUT_ID + id;
      const builtin = id.replace(/^node:/, '');
      if (LATE[name]?.includes(builtin) === true) return LATE_ID + builtin;
      return undefined;
    },
    load(id) {
      if (id.startsWith(LEFT_OUT_ID)) return leftOut(id.slice(LEFT_OUT_ID.length));
      if (id.startsWith(LATE_ID)) return late(id.slice(LATE_ID.length));
      return undefined;
    },
    // After the minifier, which likes characters better than escapes.
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = inLatin1(file.code);
    },
  };
}
