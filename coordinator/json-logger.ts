// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import type { LogFields, Logger } from '../protocol/logger.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** What JSON has no form for: errors with their causes, and whole numbers of any size. */
function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return { message: value.message, stack: value.stack, cause: value.cause };
  return value;
}

/** One JSON object a line: for a process whose log somebody else collects. */
export function jsonLogger(
  write: (line: string) => void,
  clock: Clock,
  least: LogLevel,
  fields: LogFields = {},
): Logger {
  const writer = (level: LogLevel) =>
    LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)
      ? () => undefined
      : (message: string, more: LogFields = {}): void => {
          const time = new Date(clock.now()).toISOString();
          write(`${JSON.stringify({ time, level, message, ...fields, ...more }, plain)}\n`);
        };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    scope: (more) => jsonLogger(write, clock, least, { ...fields, ...more }),
  };
}
