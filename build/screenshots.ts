// SPDX-License-Identifier: MIT
// Refreshes docs/screenshots: `npm run screenshots`, or `npm run screenshots -- <folder> <screen>`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const script = join(root, 'test/support/take-screenshots.ts');
const done = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exitCode = done.status ?? 1;
