// SPDX-License-Identifier: MIT
import { LullError, toError } from '../../protocol/errors.ts';

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html).
const SQLITE_FULL = 13;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function primaryCode(error: Error): number | undefined {
  if (!('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** What SQLite threw, as what the rest of the agent understands. */
export function fromSqlite(thrown: unknown, path: string): Error {
  const error = toError(thrown);
  switch (primaryCode(error)) {
    case SQLITE_FULL:
      return new LullError(
        'disk_full',
        `The disk that holds ${path} is full: free some space. Nothing was changed.`,
        {
          cause: error,
        },
      );
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new LullError(
        'internal',
        `${path} is damaged: move it away and start Lull again. Receipts come back from the network; results that were ` +
          'not sent yet are lost.',
        { cause: error },
      );
    default:
      return error;
  }
}
