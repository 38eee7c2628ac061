// SPDX-License-Identifier: MIT
import type { Insertable } from 'kysely';

import type { ResultTable, Sql } from './schema.ts';

export async function insertResult({ db }: Sql, result: Insertable<ResultTable>): Promise<void> {
  await db.insertInto('results').values(result).execute();
}

/** The agreement key of an attempt's result; undefined when it has none. */
export async function agreementOf({ db }: Sql, attemptId: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('results')
    .select('agreement')
    .where('attempt_id', '=', attemptId)
    .executeTakeFirst();
  return row?.agreement;
}
