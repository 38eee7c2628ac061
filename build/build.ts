// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

import { withBuildLock } from './build-lock.ts';
import { sourceDigest } from './source-digest.ts';
import { type Target, targets } from './targets.ts';

export const ROOT = resolve(import.meta.dirname, '..');
export const DIST = join(ROOT, 'dist');
const RECORD = join(DIST, '.build.json');
// They decide how everything is built, and with which versions.
const SHARED = ['package-lock.json', 'build/targets.ts', 'build/vite-node.ts', 'build/lean-bundle.ts'];

/** A target that could not be made; nothing in dist/ was changed for it. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

type Digests = Record<string, string>;

function readRecord(): Digests {
  try {
    return JSON.parse(readFileSync(RECORD, 'utf8')) as Digests;
  } catch {
    // No record, or a damaged one: everything is made anew.
    return {};
  }
}

const isMade = (target: Target): boolean => target.outputs.every((output) => existsSync(join(DIST, output)));

async function make(target: Target): Promise<void> {
  const fresh = join(DIST, '.new', target.name);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    await target.make(fresh);
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    const message = stripVTControlCharacters(cause.message).replace(/\n\s+at .*/g, '');
    throw new BuildError(`Building the ${target.name} failed: ${message}`, { cause });
  }
  for (const output of target.outputs) replace(join(fresh, output), join(DIST, output));
  rmSync(fresh, { recursive: true, force: true });
}

/** Two renames: whoever looks meanwhile finds the old, or for a blink nothing, but never a half. */
function replace(from: string, to: string): void {
  const old = `${from}.old`;
  mkdirSync(dirname(to), { recursive: true });
  if (!existsSync(from)) mkdirSync(from);
  if (existsSync(to)) renameSync(to, old);
  renameSync(from, to);
  rmSync(old, { recursive: true, force: true });
}

/**
 * Brings dist/ up to date: makes only what is stale, one build at a time.
 * @returns the names of what was made
 * @throws {BuildError} saying which part failed and why
 */
export async function ensureBuilt(
  say: (text: string) => void = (text) => void process.stderr.write(text),
): Promise<string[]> {
  mkdirSync(DIST, { recursive: true });
  return withBuildLock(join(DIST, '.building'), async () => {
    const record = readRecord();
    const digests = new Map(
      targets(ROOT).map((target) => [target, sourceDigest(ROOT, [...target.sources, ...SHARED])]),
    );
    const stale = [...digests.keys()].filter(
      (target) => record[target.name] !== digests.get(target) || !isMade(target),
    );
    if (stale.length === 0) return [];
    const began = performance.now();
    say(`Building ${stale.map((target) => target.name).join(', ')} … `);
    const failures: BuildError[] = [];
    for (const target of stale) {
      try {
        await make(target);
        record[target.name] = digests.get(target) ?? '';
        writeFileSync(RECORD, `${JSON.stringify(record, null, 1)}\n`);
      } catch (error) {
        if (!(error instanceof BuildError)) throw error;
        failures.push(error);
      }
    }
    rmSync(join(DIST, '.new'), { recursive: true, force: true });
    say(
      `${failures.length === 0 ? 'done' : 'failed'} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
    );
    if (failures.length > 0) throw new BuildError(failures.map(({ message }) => message).join('\n\n'));
    return stale.map((target) => target.name);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const made = await ensureBuilt();
    if (made.length === 0) console.log('dist/ is up to date.');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
