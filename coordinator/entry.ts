// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { LullError, toError, toWireError, type WireError } from '../protocol/errors.ts';
import { jsonLogger } from './json-logger.ts';
import { runCoordinator, type RunOptions } from './main.ts';
import { systemClock } from './system-clock.ts';

/*
 * A coordinator as a process of its own, for whoever starts it with an IPC channel. It says where it listens, or
 * why it failed, and ends when it is told to, when it is signalled, and when the one who started it is gone.
 */

const STOP_MS = 5000;

type Message = { type: 'listening'; url: string; publicKey: string } | { type: 'failed'; error: WireError };

const logger = jsonLogger((line) => process.stderr.write(line), systemClock, 'info');
// Whoever read the log is gone; the channel's end says the same, and that is acted on.
process.stderr.on('error', () => undefined);

const tell = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, {}, () => resolve());
  });

/** The version of this Lull: package.json is one folder up from coordinator/ as from dist/. */
function software(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  return `lull ${version}`;
}

function readOptions(): RunOptions {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      strict: true,
      options: {
        database: text,
        blobs: text,
        listen: text,
        name: text,
        practice: { type: 'boolean' },
        'lease-ms': text,
        'fee-basis-points': text,
        'starting-credits': text,
      },
    });
    const {
      'lease-ms': leaseMs,
      'fee-basis-points': feeBasisPoints,
      'starting-credits': startingCredits,
      ...rest
    } = values;
    const optional = Object.entries({ leaseMs, feeBasisPoints, startingCredits }).filter(
      ([, value]) => value !== undefined,
    );
    // What is missing or malformed, the schema of the options says.
    return { ...rest, ...Object.fromEntries(optional), software: software() } as RunOptions;
  } catch (cause) {
    throw new LullError('invalid_request', toError(cause).message, { cause });
  }
}

const started = (async () => runCoordinator(readOptions(), { clock: systemClock, logger }))();

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  systemClock.after(STOP_MS, () => process.exit(1));
  started
    .then((coordinator) => coordinator.stop())
    .then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('The coordinator did not stop in order.', { error });
        process.exit(1);
      },
    );
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
process.on('disconnect', end);
process.on('message', (message) => {
  if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop') end();
});

try {
  const { url, publicKey } = await started;
  await tell({ type: 'listening', url, publicKey });
} catch (error) {
  logger.error('The coordinator did not start.', { error });
  await tell({ type: 'failed', error: toWireError(error) });
  process.exit(1);
}
