// SPDX-License-Identifier: MIT
// Refreshes docs/screenshots: `npm run screenshots`, or `npm run screenshots -- <folder> <screen>`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { build } from 'vite';

const root = join(import.meta.dirname, '..');
process.chdir(root);
await build({ configFile: 'renderer/vite.config.ts', logLevel: 'warn' });

const script = join(root, 'test/support/take-screenshots.ts');
const done = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = done.status ?? 1;
