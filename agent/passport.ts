// SPDX-License-Identifier: MIT
import type { AttemptLease } from '../protocol/coordinator-api.ts';
import type { Passport } from '../protocol/passport.ts';

/** What only the run of a task can tell. */
export type Usage = Pick<Passport, 'startedAt' | 'peakMemoryBytes' | 'bytesFetched' | 'bytesOut'>;

/** The passport of an attempt: what its lease says of the program, and what its run used here. */
export function passportOf({ spec, publisher }: AttemptLease, usage: Usage): Passport {
  const given = [spec.module, ...(spec.input === undefined ? [] : [spec.input])];
  for (const { blob } of spec.files) given.push(blob);
  return {
    module: spec.module.hash,
    moduleKind: spec.kind,
    publisher,
    memoryLimitBytes: spec.limits.memoryBytes,
    bytesIn: given.reduce((sum, { size }) => sum + size, 0),
    ...usage,
  };
}
