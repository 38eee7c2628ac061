// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { LullError, parseAt, toError, toWireError } from '../../../protocol/errors.ts';

describe('errors that cross a process', () => {
  test('are rebuilt on the far side with code, sentence and details', () => {
    const wire = new LullError('unknown_job', 'There is no such job.', {
      details: { job: 'job_1' },
    }).toWire();
    const rebuilt = LullError.fromWire(JSON.parse(JSON.stringify(wire)));
    expect(rebuilt).toMatchObject({
      code: 'unknown_job',
      message: 'There is no such job.',
      details: { job: 'job_1' },
    });
  });

  test('an unexpected failure keeps its message inside the process', () => {
    expect(toWireError(new Error('password=hunter2'))).toEqual({
      code: 'internal',
      message: 'Something failed inside Lull; the log has the details.',
    });
  });

  test('anything thrown becomes an Error, and an Error stays itself', () => {
    const error = new RangeError('x');
    expect(toError(error)).toBe(error);
    expect(toError('text').message).toBe('text');
  });

  test('bad input names the place and keeps every issue', () => {
    const schema = z.strictObject({ a: z.object({ b: z.int() }) });
    const thrown = (() => {
      try {
        parseAt(schema, { a: { b: 'x' } }, 'The job file', 'invalid_job');
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(thrown).toMatchObject({ code: 'invalid_job', details: { issues: [{ path: 'a.b' }] } });
    expect((thrown as Error).message).toMatch(/^The job file is not valid at "a\.b": /);
  });
});
