// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { findPostgresFolder } from '../../build/test-environment.ts';
import { needs } from './needs.ts';
import { freePort, TestProcess } from './processes.ts';

/** Why tests on PostgreSQL are skipped here; undefined where they run. */
export const noPostgres = (): string | undefined => {
  const found = needs('postgresql');
  return found.ok ? undefined : found.reason;
};

/** A server of its own in a folder of its own, gone after the test. */
export interface PostgresCluster {
  /** Makes an empty database. @returns its URL */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

interface ServerUser {
  readonly name: string;
  /** set where the server must run as somebody else */
  readonly ids?: { readonly uid: number; readonly gid: number };
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return { name: userInfo().username };
  const id = (flag: string): number => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    if (status !== 0) throw new Error('PostgreSQL may not run as root, and there is no user "postgres"');
    return Number(stdout);
  };
  return { name: 'postgres', ids: { uid: id('-u'), gid: id('-g') } };
}

/** Runs one statement, as the server's owner. */
export async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Starts PostgreSQL as it is installed, on loopback. */
export async function startPostgres(): Promise<PostgresCluster> {
  const folder = findPostgresFolder();
  if (folder === undefined) throw new Error(noPostgres());
  const { name: user, ids } = serverUser();
  const data = mkdtempSync(join(tmpdir(), 'lull-postgres-'));
  if (ids !== undefined) chownSync(data, ids.uid, ids.gid);
  const asUser = { cwd: data, ...ids };
  const made = spawnSync(
    join(folder, 'initdb'),
    ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    { ...asUser, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb ended with ${made.status}:\n${made.stdout}${made.stderr}`);
  const port = await freePort();
  // Without fsync: tests kill coordinators, never this server, and would wait for the disk most of their time.
  const options = [
    '-D',
    data,
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-k',
    data,
    '-N',
    '100',
    '-c',
    'fsync=off',
  ];
  const server = new TestProcess('postgres', join(folder, 'postgres'), options, asUser);
  await server.prints(/database system is ready to accept connections/);
  const urlOf = (name: string): string => `postgres://${user}@127.0.0.1:${port}/${name}`;
  let count = 0;
  return {
    async createDatabase() {
      const name = `lull_${(count += 1)}`;
      await query(urlOf('postgres'), `create database ${name}`);
      return urlOf(name);
    },
    async stop() {
      // SIGINT is PostgreSQL's "fast" shutdown: open connections are ended.
      await server.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}
