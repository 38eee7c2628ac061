// SPDX-License-Identifier: MIT
import type { Scenario } from '../packages.ts';

interface Database {
  run(sql: string): void;
  exec(sql: string): unknown;
  export(): Uint8Array;
}
type InitSqlJs = (options: { wasmBinary: Uint8Array }) => Promise<{ readonly Database: new () => Database }>;

const FILL = `
  CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT, height REAL);
  CREATE TABLE visit (place INTEGER, day INTEGER, note TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)
    INSERT INTO place SELECT i, 'place ' || (i * 7919 % 1009), (i * 31 % 97) / 7.0 FROM n;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
    INSERT INTO visit SELECT i * 37 % 800 + 1, i % 365, CASE i % 11 WHEN 0 THEN NULL ELSE 'note ' || i END FROM n;
`;

const SCAN_AND_JOIN = `
  SELECT p.name, count(*), avg(v.day), round(sum(p.height), 6), max(v.note) FROM visit v JOIN place p ON p.id = v.place
    WHERE v.day BETWEEN 20 AND 300 AND (v.note IS NULL OR v.note LIKE '%7%') GROUP BY p.name ORDER BY 2 DESC, 1 LIMIT 40;
`;

/** A scan of one table that is joined with another, grouped and sorted. */
const sqlite: Scenario = {
  name: 'sql.js',
  load: async (packages) => {
    const initSqlJs = packages.require<InitSqlJs>('sql.js/dist/sql-wasm.js');
    const { Database } = await initSqlJs({ wasmBinary: packages.bytes('sql.js/dist/sql-wasm.wasm') });
    const database = new Database();
    database.run(FILL);
    return () => JSON.stringify(database.exec(SCAN_AND_JOIN));
  },
};

const sqliteFile: Scenario = {
  name: 'sql.js, indexes and the file',
  load: async (packages) => {
    const initSqlJs = packages.require<InitSqlJs>('sql.js/dist/sql-wasm-debug.js');
    const { Database } = await initSqlJs({ wasmBinary: packages.bytes('sql.js/dist/sql-wasm-debug.wasm') });
    return () => {
      const database = new Database();
      database.run(FILL);
      database.run(
        'CREATE INDEX by_day ON visit(day); UPDATE place SET name = upper(name) WHERE height > 5; VACUUM;',
      );
      return Buffer.concat([Buffer.from(JSON.stringify(database.exec(SCAN_AND_JOIN))), database.export()]);
    };
  },
};

const TEXT = Array.from({ length: 3000 }, (_, i) => `line ${(i * 7919) % 503} of ${i % 17}`).join('\n');

interface BrotliPackage {
  compress(data: Uint8Array, options: object): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

const brotli: Scenario = {
  name: 'brotli round trip',
  load: async (packages) => {
    const { compress, decompress } = packages.require<BrotliPackage>('brotli-wasm/index.node.js');
    return () => {
      const compressed = compress(Buffer.from(TEXT), { quality: 9 });
      return Buffer.concat([compressed, decompress(compressed)]);
    };
  },
};

interface ZstdPackage {
  init(): Promise<void>;
  compress(data: Uint8Array, level: number): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

const zstd: Scenario = {
  name: 'zstd round trip',
  load: async (packages) => {
    const { init, compress, decompress } = packages.require<ZstdPackage>(
      '@bokuweb/zstd-wasm/dist/common/index.node.js',
    );
    await init();
    return () => {
      const compressed = compress(Buffer.from(TEXT), 15);
      return Buffer.concat([compressed, decompress(compressed)]);
    };
  },
};

interface HashPackage {
  [name: string]: (argument: unknown, more?: unknown) => Promise<string>;
}

const HASHES = [
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'sha3',
  'blake2b',
  'blake3',
  'ripemd160',
  'sm3',
  'whirlpool',
  'xxhash64',
  'xxhash3',
  'crc32',
];

const hashes: Scenario = {
  name: 'hash-wasm',
  load: async (packages) => {
    const library = packages.require<HashPackage>('hash-wasm/dist/index.umd.js');
    return async () => {
      const all: (string | undefined)[] = [];
      for (const name of HASHES) all.push(await library[name]?.(TEXT));
      const salted = { password: 'lull', salt: 'sixteen bytes ok', iterations: 2, parallelism: 1 };
      all.push(
        await library['argon2id']?.({ ...salted, memorySize: 256, hashLength: 24, outputType: 'hex' }),
      );
      all.push(await library['bcrypt']?.({ ...salted, costFactor: 5, outputType: 'hex' }));
      return all.join('\n');
    };
  },
};

interface Argon2Package {
  hash(options: object): Promise<{ readonly hashHex: string }>;
}

const argon2: Scenario = {
  name: 'argon2',
  load: async (packages) => {
    // It was made when only browsers had fetch, and takes a path for an address where there is one.
    Object.assign(globalThis, { fetch: undefined });
    const { hash } = packages.require<Argon2Package>('argon2-browser/lib/argon2.js');
    return async () =>
      (await hash({ pass: 'lull', salt: 'sixteen bytes ok', time: 3, mem: 512, hashLen: 32, type: 2 }))
        .hashHex;
  },
};

interface SourceMapPackage {
  readonly SourceMapConsumer: new (map: object) => Promise<{
    originalPositionFor(position: object): object;
    destroy(): void;
  }>;
}

const MAP = {
  version: 3,
  sources: ['a.js', 'b.js'],
  names: ['one', 'two'],
  file: 'out.js',
  mappings: 'AAAAA,IAAMC,SAAS;AACf,KAAKD,IAAI;ACAT,OAAQC,MAAK,CAAC,KAAK;;AACnB,QAAQA',
};

const sourceMap: Scenario = {
  name: 'source-map',
  load: async (packages) => {
    const { SourceMapConsumer } = packages.require<SourceMapPackage>('source-map/source-map.js');
    return async () => {
      const consumer = await new SourceMapConsumer(MAP);
      const positions = Array.from({ length: 120 }, (_, i) =>
        consumer.originalPositionFor({ line: 1 + (i % 5), column: Math.floor(i / 5) }),
      );
      consumer.destroy();
      return JSON.stringify(positions);
    };
  },
};

export const data: readonly Scenario[] = [sqlite, sqliteFile, brotli, zstd, hashes, argon2, sourceMap];
