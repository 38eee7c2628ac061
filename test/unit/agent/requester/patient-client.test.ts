// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { CoordinatorClient } from '../../../../agent/ports.ts';
import { followJob } from '../../../../agent/requester/follow.ts';
import { patientClient } from '../../../../agent/requester/patient-client.ts';
import { type ErrorCode, LullError } from '../../../../protocol/errors.ts';
import { jobIdSchema } from '../../../../protocol/ids.ts';
import { TestClock } from '../../../support/test-clock.ts';

/** A client that fails with each of these in turn, then answers for ever. */
function failing(codes: ErrorCode[], answer: unknown): { client: CoordinatorClient; asked: () => number } {
  let asked = 0;
  const call = (): Promise<never> => {
    asked += 1;
    const code = codes.shift();
    return code === undefined
      ? Promise.resolve(answer as never)
      : Promise.reject(new LullError(code, 'A sentence.'));
  };
  return { client: { url: 'http://127.0.0.1:1', call }, asked: () => asked };
}

describe('patientClient', () => {
  it('asks again while nobody answers', async () => {
    const clock = new TestClock();
    const { client, asked } = failing(['unreachable', 'unreachable', 'shutting_down'], { ok: true });
    const answer = patientClient(client, clock).call('health', {});
    await clock.advance(0);
    await clock.advance(60_000);
    expect(await answer).toEqual({ ok: true });
    expect(asked()).toBe(4);
  });

  it('hands on at once what is an answer', async () => {
    const { client, asked } = failing(['insufficient_credits'], {});
    await expect(patientClient(client, new TestClock()).call('health', {})).rejects.toMatchObject({
      code: 'insufficient_credits',
    });
    expect(asked()).toBe(1);
  });

  it('gives up after ten minutes of silence', async () => {
    const clock = new TestClock();
    const { client } = failing(Array<ErrorCode>(1000).fill('unreachable'), {});
    const answer = patientClient(client, clock).call('health', {});
    const rejected = expect(answer).rejects.toMatchObject({ code: 'unreachable' });
    await clock.advance(0);
    await clock.advance(11 * 60_000);
    await rejected;
  });

  it('stops asking when it is told to', async () => {
    const clock = new TestClock();
    const { client } = failing(Array<ErrorCode>(1000).fill('unreachable'), {});
    const stop = new AbortController();
    const rejected = expect(
      patientClient(client, clock).call('health', {}, stop.signal),
    ).rejects.toMatchObject({ code: 'unreachable' });
    await clock.advance(100);
    stop.abort();
    await rejected;
  });
});

describe('followJob', () => {
  const job = jobIdSchema.parse('job_0123456789');

  it('asks until the job has ended', async () => {
    const clock = new TestClock();
    const states = ['running', 'running', 'completed'];
    const client = { url: '', call: () => Promise.resolve({ state: states.shift() } as never) };
    const seen: unknown[] = [];
    const followed = followJob(client, job, { clock, onStatus: ({ state }) => seen.push(state) });
    await clock.advance(0);
    await clock.advance(5000);
    expect(await followed).toEqual({ state: 'completed' });
    expect(seen).toEqual(['running', 'running', 'completed']);
  });

  it('leaves the job alone when it is told to stop following', async () => {
    const clock = new TestClock();
    const client = { url: '', call: () => Promise.resolve({ state: 'running' } as never) };
    const stop = new AbortController();
    const followed = followJob(client, job, { clock, signal: stop.signal });
    await clock.advance(0);
    await clock.advance(1000);
    stop.abort();
    expect(await followed).toBeUndefined();
  });
});
