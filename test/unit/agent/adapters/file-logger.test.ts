// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { fileLogger } from '../../../../agent/adapters/file-logger.ts';
import { TestClock } from '../../../support/test-clock.ts';

describe('the log file', () => {
  let folder: string;
  let path: string;
  const clock = new TestClock();
  const lines = (at = path): unknown[] =>
    readFileSync(at, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lull-log-'));
    path = join(folder, 'logs', 'agent.log');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('has one line of JSON for each message, with the fields of its scopes', () => {
    const logger = fileLogger({ path, clock });
    logger.scope({ part: 'outbox' }).scope({ attempt: 'att_1' }).warn('Not sent', { fuel: 12n });
    expect(lines()).toEqual([
      {
        at: '2026-11-22T12:00:00.000Z',
        level: 'warn',
        message: 'Not sent',
        part: 'outbox',
        attempt: 'att_1',
        fuel: '12',
      },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('leaves out what is below its level', () => {
    const logger = fileLogger({ path, clock, level: 'warn' });
    logger.debug('no');
    logger.info('no');
    logger.warn('yes');
    logger.error('yes');
    expect(lines()).toHaveLength(2);
  });

  it('never has a secret in it, however deep', () => {
    const logger = fileLogger({ path, clock });
    logger.info('A call', {
      deviceSeed: 'S3CRET',
      request: { headers: { 'lull-auth': 'S3CRET', Cookie: 'S3CRET' } },
    });
    logger.scope({ passphrase: 'S3CRET' }).info('Another', { token: 'S3CRET', url: 'http://127.0.0.1:1' });
    expect(readFileSync(path, 'utf8')).not.toContain('S3CRET');
    expect(readFileSync(path, 'utf8')).toContain('http://127.0.0.1:1');
  });

  it('tells errors with where they came from', () => {
    fileLogger({ path, clock }).error('It failed', { error: new Error('why') });
    expect(lines()[0]).toMatchObject({ error: expect.stringContaining('Error: why\n    at ') as string });
  });

  it('keeps the log of the run before', () => {
    fileLogger({ path, clock }).info('first');
    fileLogger({ path, clock }).info('second');
    fileLogger({ path, clock }).info('third');
    expect(lines()).toMatchObject([{ message: 'third' }]);
    expect(lines(`${path}.1`)).toMatchObject([{ message: 'second' }]);
  });

  it('that cannot be written takes nothing along', () => {
    const logger = fileLogger({ path, clock });
    rmSync(join(folder, 'logs'), { recursive: true });
    logger.info('nowhere');
  });
});
