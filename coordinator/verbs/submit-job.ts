// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { BlobHash } from '../../protocol/ids.ts';
import { type JobStatus, type JobSubmission, LIMITS_MAX } from '../../protocol/job.ts';
import { accountOf } from '../../protocol/ledger.ts';
import { creditsText } from '../../protocol/money.ts';
import { change, type Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { newJobId } from '../ids.ts';
import { jobSpecOf } from '../job-spec.ts';
import { escrowEntry } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { escrowFor, MAX_MICRO } from '../policy/pricing.ts';
import { lockAccount } from '../sql/accounts.ts';
import { balanceOf } from '../sql/balances.ts';
import { jobStatuses } from '../sql/job-status.ts';
import { insertJob, insertTasks } from '../sql/jobs.ts';
import { insertRequestKey, jobOfRequest } from '../sql/request-keys.ts';
import type { Sql } from '../sql/schema.ts';
import { accountOfSigner } from './signer.ts';
import { visit } from './starting-credits.ts';

/** Blobs that are looked for at a time. */
const LOOKS = 32;

const refuse = (message: string): LullError => new LullError('invalid_job', message);

/** @throws {LullError} `invalid_job` for what the schema alone cannot see */
function checkJob(job: JobSubmission): void {
  if (job.moduleKind === 'stepped' && job.args.length > 0) {
    throw refuse(
      'A stepped module takes no arguments: remove "args", and give it what it needs as its input.',
    );
  }
  if (job.merge.kind === 'module' && job.merge.moduleKind === 'stepped' && job.merge.args.length > 0) {
    throw refuse('A stepped merge module takes no arguments: remove "args" of "merge".');
  }
  if (job.module.size > LIMITS_MAX.moduleBytes) {
    throw refuse(
      `The module has ${job.module.size} bytes, and at most ${LIMITS_MAX.moduleBytes} are allowed.`,
    );
  }
  const paths = new Set<string>();
  for (const { path } of job.files) {
    if (paths.has(path)) throw refuse(`Two files have the path "${path}": give each its own.`);
    paths.add(path);
  }
}

/** @throws {LullError} `unknown_blob` naming the first that was never uploaded */
async function checkBlobs({ hasBlob }: Context, job: JobSubmission): Promise<void> {
  const hashes = new Set<BlobHash>([job.module.hash]);
  for (const { blob } of job.files) hashes.add(blob.hash);
  for (const { input } of job.tasks) if (input !== undefined) hashes.add(input.hash);
  if (job.merge.kind === 'module') hashes.add(job.merge.module.hash);
  const all = [...hashes];
  for (let start = 0; start < all.length; start += LOOKS) {
    const some = all.slice(start, start + LOOKS);
    const present = await Promise.all(some.map(hasBlob));
    const missing = some.find((_hash, index) => present[index] === false);
    if (missing !== undefined) {
      throw new LullError(
        'unknown_blob',
        `The blob ${missing} was not uploaded: upload it, then submit again.`,
        {
          details: { hash: missing },
        },
      );
    }
  }
}

async function statusOf(sql: Sql, id: number): Promise<JobStatus> {
  const [status] = await jobStatuses(sql, { id });
  if (status === undefined) throw new TypeError(`job ${id} is not there`);
  return status;
}

/** Puts the most a job may cost into escrow and makes its tasks, all in one transaction. */
export const submitJob =
  (context: Context): Handler<'submitJob'> =>
  async (request) => {
    const { store, network, clock } = context;
    const account = accountOfSigner(request);
    const job = request.body;
    checkJob(job);
    const price = BigInt(job.pricePerGigafuel);
    const fuelLimit = BigInt(job.limits.fuel);
    const terms = { pricePerGigafuel: price, feeBasisPoints: network.feeBasisPoints, fuelLimit };
    const escrow = escrowFor(job.tasks.length, job.quorum, terms);
    if (escrow > MAX_MICRO || price > MAX_MICRO) {
      throw refuse(
        'The job may cost more credits than this network can count: lower its price or its fuel limit.',
      );
    }
    await checkBlobs(context, job);

    const id = await change(context, async (sql, after) => {
      const accountId = await visit(context, sql, account, after);
      await lockAccount(sql, accountId);
      const earlier = await jobOfRequest(sql, accountId, job.requestKey);
      if (earlier !== undefined) return earlier;
      const at = clock.now();
      const jobId = newJobId(at);
      const row = await insertJob(sql, {
        public_id: jobId,
        account_id: accountId,
        name: job.name,
        description: job.description,
        purpose: job.purpose,
        kind: job.moduleKind,
        state: 'running',
        quorum: job.quorum,
        spec: JSON.stringify(jobSpecOf(job)),
        memory_bytes: job.limits.memoryBytes,
        fuel_limit: fuelLimit,
        price,
        fee_basis_points: network.feeBasisPoints,
        task_count: job.tasks.length,
        completed: 0,
        failed: 0,
        escrowed: escrow,
        paid: 0n,
        refunded: 0n,
        fuel: '0',
        created_at: at,
        deadline_at: at + job.deadlineMs,
        ended_at: null,
      });
      await insertRequestKey(sql, accountId, job.requestKey, row);
      const available = await balanceOf(sql, accountOf(account));
      if (available < escrow) throw tooExpensive(available, escrow);
      if (escrow > 0n) await post(sql, [{ entry: escrowEntry(jobId, account, escrow, at) }]);
      await insertTasks(sql, row, job.quorum, job.tasks);
      after.ledger = true;
      after.jobs = true;
      return row;
    });
    return store.read((sql) => statusOf(sql, id));
  };

const tooExpensive = (available: bigint, needed: bigint): LullError =>
  new LullError(
    'insufficient_credits',
    `The job may cost ${creditsText(needed)} credits at most, and the account has ${creditsText(available)}: ` +
      'earn or receive more first, or lower the price, the fuel limit, the quorum or the number of tasks.',
    { details: { available: available.toString(), needed: needed.toString() } },
  );
