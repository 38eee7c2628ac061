// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { AttemptId } from '../../protocol/ids.ts';
import { type AttemptRow, findAttempt } from '../sql/attempts.ts';
import type { Sql } from '../sql/schema.ts';

/** @throws {LullError} `unknown_attempt`, `not_the_holder` */
export async function ownAttempt(sql: Sql, id: AttemptId, deviceId: number): Promise<AttemptRow> {
  const attempt = await findAttempt(sql, id);
  if (attempt === undefined) {
    throw new LullError('unknown_attempt', `This network knows no attempt ${id}: drop it.`);
  }
  if (attempt.device_id !== deviceId) {
    throw new LullError('not_the_holder', `${id} is another device's attempt: drop it.`);
  }
  return attempt;
}
