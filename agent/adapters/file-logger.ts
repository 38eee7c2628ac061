// SPDX-License-Identifier: MIT
import { appendFileSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Clock } from '../../protocol/clock.ts';
import type { LogFields, Logger } from '../../protocol/logger.ts';
import { errnoOf } from './disk-errors.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

interface FileLoggerParts {
  readonly path: string;
  readonly clock: Clock;
  /** lines below it are left out; info when absent */
  readonly level?: LogLevel;
}

/** Fields whose value never reaches the file. */
const SECRET = /seed|secret|passphrase|password|token|private|authorization|cookie|lull-auth/i;

/** Makes values fit for a line of JSON, and hides what must not be seen. */
function replacer(key: string, value: unknown): unknown {
  if (SECRET.test(key) && value !== undefined) return '[redacted]';
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return value.stack ?? value.message;
  return value;
}

/** Lines of JSON in one file per process; the file of the last run is kept as `….1`. */
export function fileLogger({ path, clock, level = 'info' }: FileLoggerParts): Logger {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    renameSync(path, `${path}.1`);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const lowest = LEVELS.indexOf(level);
  const write = (at: LogLevel, message: string, fields: LogFields): void => {
    if (LEVELS.indexOf(at) < lowest) return;
    const line = { at: new Date(clock.now()).toISOString(), level: at, message, ...fields };
    try {
      appendFileSync(path, `${JSON.stringify(line, replacer)}\n`, { mode: 0o600 });
    } catch (error) {
      // A log that cannot be written (a full disk) must not take the agent along.
      if (errnoOf(error) === undefined) throw error;
    }
  };
  const scoped = (scope: LogFields): Logger => ({
    debug: (message, fields) => write('debug', message, { ...scope, ...fields }),
    info: (message, fields) => write('info', message, { ...scope, ...fields }),
    warn: (message, fields) => write('warn', message, { ...scope, ...fields }),
    error: (message, fields) => write('error', message, { ...scope, ...fields }),
    scope: (fields) => scoped({ ...scope, ...fields }),
  });
  return scoped({});
}
