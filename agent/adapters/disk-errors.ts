// SPDX-License-Identifier: MIT
import { LullError, toError } from '../../protocol/errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The system's code of a failed file operation, as `ENOENT`. */
export const errnoOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** What writing a file threw, as what the rest of the agent understands. */
export function fromDisk(thrown: unknown, path: string): Error {
  if (!FULL.has(errnoOf(thrown) ?? '')) return toError(thrown);
  return new LullError(
    'disk_full',
    `The disk that holds ${path} is full: free some space. Nothing was changed.`,
    {
      cause: thrown,
    },
  );
}
