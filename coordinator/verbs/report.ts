// SPDX-License-Identifier: MIT
import type { ResultReport, RouteOutput } from '../../protocol/coordinator-api.ts';
import { LullError } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import { taskIdOf } from '../../protocol/ids.ts';
import { verifySignature } from '../../protocol/signatures.ts';
import type { Aftermath } from '../aftermath.ts';
import { change, type Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { judgeReport } from '../policy/lease.ts';
import { agreementKey } from '../policy/validation.ts';
import { attemptById, setAttemptState } from '../sql/attempts.ts';
import { agreementOf, insertResult } from '../sql/results.ts';
import type { AttemptState, Sql } from '../sql/schema.ts';
import { ownAttempt } from './own-attempt.ts';
import { settleTask } from './settle-task.ts';
import { deviceOfSigner, signerOf } from './signer.ts';
import { lockStanding } from './standing.ts';

type Answer = RouteOutput<'report'>;

const EMPTY_BLOB = blobHashOf(new Uint8Array());

const answerOf = (state: AttemptState): Answer['state'] =>
  state === 'paid' ? 'paid' : state === 'reported' ? 'verifying' : 'refused';

/** @throws {LullError} for what no transaction is needed to refuse */
async function checkReport({ hasBlob }: Context, device: string, report: ResultReport): Promise<void> {
  const { statement, signature } = report;
  if (statement.device !== device) {
    throw new LullError('not_the_holder', 'The result names another device than the one that sends it.');
  }
  if (!verifySignature('lull.result.1', statement, signature, device)) {
    throw new LullError(
      'bad_signature',
      'The result is not signed by the device that it names: sign it again.',
    );
  }
  const { hash, size } = statement.output;
  // Nothing needs no upload, but it has to say that it is nothing.
  if ((hash === EMPTY_BLOB) !== (size === 0)) {
    throw new LullError(
      'invalid_request',
      'The output has no bytes exactly when its hash is that of nothing.',
    );
  }
  if (size > 0 && !(await hasBlob(hash))) {
    throw new LullError(
      'unknown_blob',
      `The output ${hash} was not uploaded: upload it, then report again.`,
      {
        details: { hash },
      },
    );
  }
}

/** Takes a result, and decides its task when that completes a quorum: then all who agreed are paid at once. */
export const report =
  (context: Context): Handler<'report'> =>
  async (request) => {
    const body = request.body;
    await checkReport(context, signerOf(request), body);
    const { attempt } = body.statement;
    return change(context, async (sql, after) => {
      const device = await deviceOfSigner(sql, request);
      const state = await take(context, sql, device.id, body, after);
      return { attempt, state };
    });
  };

async function take(
  context: Context,
  sql: Sql,
  deviceId: number,
  { statement, signature, cpuMs }: ResultReport,
  after: Aftermath,
): Promise<Answer['state']> {
  const attempt = await ownAttempt(sql, statement.attempt, deviceId);
  const terms = await context.jobs.terms(sql, attempt.job_id);
  const standing = await lockStanding(sql, attempt);
  if (statement.task !== taskIdOf(terms.job, standing.index)) {
    throw new LullError('invalid_request', `${statement.attempt} is no attempt of ${statement.task}.`);
  }
  const fuel = BigInt(statement.fuel);
  const agreement = agreementKey({ outcome: statement.outcome, outputHash: statement.output.hash, fuel });
  const earlier = await agreementOf(sql, attempt.id);
  if (earlier !== undefined) {
    if (earlier === agreement) return answerOf(standing.attempt);
    throw new LullError(
      'already_reported',
      'This attempt already has a different result, and the first one stands.',
    );
  }
  const limit = terms.spec.limits.outputBytes;
  if (statement.output.size > limit) {
    throw new LullError(
      'too_large',
      `The output has ${statement.output.size} bytes; this job allows ${limit}.`,
    );
  }
  switch (judgeReport(standing)) {
    case 'job_ended':
      throw new LullError(
        'job_ended',
        'The job was cancelled or has ended: this result is no longer needed.',
      );
    case 'lease_expired':
      throw new LullError(
        'lease_expired',
        'The lease ran out and the task went to another device: drop this result.',
      );
    case 'accept':
    case 'revive':
      // The task is judged anew below, with this result in the place that the attempt has or had.
      break;
  }
  const at = context.clock.now();
  await insertResult(sql, {
    attempt_id: attempt.id,
    task_id: attempt.task_id,
    agreement,
    outcome: JSON.stringify(statement.outcome),
    output_hash: statement.output.hash,
    output_size: statement.output.size,
    fuel,
    cpu_ms: cpuMs,
    signature,
    at,
  });
  await setAttemptState(sql, [attempt.id], { state: 'reported', ended_at: at });
  await settleTask(sql, attempt.task_id, terms.quorum, at, after);
  return answerOf((await attemptById(sql, attempt.id)).state);
}
