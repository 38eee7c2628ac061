// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import type { LogFields, Logger } from '../protocol/logger.ts';
import type { TextStream } from './output.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object a line: for a program whose log somebody else collects. */
export function streamLogger(
  stream: TextStream,
  clock: Clock,
  least: LogLevel,
  fields: LogFields = {},
): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, more: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
      const time = new Date(clock.now()).toISOString();
      stream.write(`${JSON.stringify({ time, level, message, ...fields, ...more })}\n`);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    scope: (more) => streamLogger(stream, clock, least, { ...fields, ...more }),
  };
}
