#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { keepHeapSmall } from './small-heap.ts';

/** The rest needs what this Node brings (node:sqlite among it), and could not even be loaded by an older one. */
const NEEDED = 24;

// `lull jobs | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `Lull needs Node.js ${NEEDED} or newer, and this is ${process.versions.node}. In its own folder, \`npm run lull -- …\` brings the right one.\n`,
  );
  process.exitCode = 1;
} else {
  // Before anything is loaded: what has grown does not shrink again.
  if (process.argv.includes('agent')) keepHeapSmall();
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2), import.meta.dirname);
}
