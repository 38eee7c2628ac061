// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { jsonLogger } from '../../../coordinator/json-logger.ts';
import { TestClock } from '../../support/test-clock.ts';

describe('the log', () => {
  test('is one JSON object a line, with the fields of its scope, from its level on', () => {
    const lines: string[] = [];
    const logger = jsonLogger((line) => lines.push(line), new TestClock(0), 'info').scope({ part: 'http' });
    logger.debug('unheard');
    logger.info('A request failed.', { path: '/a\nb', credits: 5n });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"A request failed.","part":"http","path":"/a\\nb","credits":"5"}\n',
    ]);
  });

  test('keeps the message, stack and cause of an error', () => {
    const lines: string[] = [];
    const logger = jsonLogger((line) => lines.push(line), new TestClock(0), 'debug');
    logger.error('It failed.', { error: new Error('outer', { cause: new Error('inner') }) });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: { message: 'outer', cause: { message: 'inner' } },
    });
  });
});
