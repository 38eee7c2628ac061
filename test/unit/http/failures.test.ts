// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { failureAnswer } from '../../../coordinator/http/failures.ts';
import { listenFailure } from '../../../coordinator/http/listen-failure.ts';
import { LullError } from '../../../protocol/errors.ts';

const errno = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

describe('a failure to listen', () => {
  test.each([
    ['EADDRINUSE', 'port_in_use', /Port 80 on 10\.0\.0\.1 is taken by another program/],
    ['EACCES', 'invalid_request', /may not listen on port 80: choose a port above 1023/],
    ['EADDRNOTAVAIL', 'invalid_request', /10\.0\.0\.1 is not an address of this computer/],
    ['ENOTFOUND', 'invalid_request', /Nobody knows a computer called 10\.0\.0\.1/],
  ])('with %s is %s with a sentence that says what to do', (code, expected, sentence) => {
    const failure = listenFailure(errno(code), '10.0.0.1', 80);
    expect(failure).toMatchObject({ code: expected, message: expect.stringMatching(sentence) as string });
  });

  test('of another kind stays what it is', () => {
    const error = errno('EMFILE');
    expect(listenFailure(error, '127.0.0.1', 80)).toBe(error);
  });
});

describe('what was thrown while a request was served', () => {
  test('is answered as shutting down when the request was ended from outside', () => {
    expect(failureAnswer(new Error('aborted'), 'id', true)).toMatchObject({ status: 503, unexpected: false });
  });

  test('keeps its own code even then', () => {
    const answer = failureAnswer(new LullError('forbidden', 'No.'), 'id', true);
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  test.each([undefined, null, 'text', { statusCode: 404 }])(
    'is internal when it is no error at all: %j',
    (thrown) => {
      expect(failureAnswer(thrown, 'id', false)).toMatchObject({ status: 500, unexpected: true });
    },
  );
});
