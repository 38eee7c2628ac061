// SPDX-License-Identifier: MIT
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { LullError } from '../../protocol/errors.ts';
import { sha256 } from '../../protocol/hashes.ts';

// sun_path holds 104 bytes on macOS and 108 on Linux, the ending zero included.
const LONGEST = 103;

/** Where to look: `platform` and `runtimeDir` can be given by tests. */
interface Place {
  readonly platform: NodeJS.Platform;
  /** folder for short paths; only this user may write in it */
  readonly runtimeDir: string;
}

const userId = (): number => process.getuid?.() ?? 0;

const here = (): Place => ({
  platform: process.platform,
  runtimeDir: join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `lull-${userId()}`),
});

/**
 * The control socket of the agent that runs on this data folder: `agent.sock` inside it; a short path that the
 * folder's name decides, where that would be too long for a socket; a named pipe on Windows.
 */
export function controlSocketPath(dataDir: string, place: Place = here()): string {
  const folder = resolve(dataDir);
  const name = sha256(Buffer.from(folder)).toString('hex').slice(0, 24);
  if (place.platform === 'win32') return `\\\\.\\pipe\\lull-${name}`;
  const inside = join(folder, 'agent.sock');
  return Buffer.byteLength(inside) <= LONGEST ? inside : join(place.runtimeDir, `${name}.sock`);
}

/**
 * Makes the folder of short paths, and makes sure that nobody else made it first.
 * @throws {LullError} `forbidden` when it is another user's.
 */
export function ensurePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== userId()) {
    throw new LullError(
      'forbidden',
      `${folder} belongs to another user, so Lull does not put its control socket there. Choose a data folder with a shorter path (--data).`,
    );
  }
  chmodSync(folder, 0o700);
}
