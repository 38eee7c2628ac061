// SPDX-License-Identifier: MIT
import type { Sql } from './schema.ts';

export async function jobOfRequest({ db }: Sql, accountId: number, key: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('request_keys')
    .select('job_id')
    .where('account_id', '=', accountId)
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.job_id;
}

export async function insertRequestKey(
  { db }: Sql,
  accountId: number,
  key: string,
  jobId: number,
): Promise<void> {
  await db.insertInto('request_keys').values({ account_id: accountId, key, job_id: jobId }).execute();
}
