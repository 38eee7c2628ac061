// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobStatus } from '../../protocol/job.ts';
import { change, type Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { findAccount } from '../sql/accounts.ts';
import { jobStatuses } from '../sql/job-status.ts';
import { findJob } from '../sql/jobs.ts';
import type { Sql } from '../sql/schema.ts';
import { decidedTasks } from '../sql/tasks.ts';
import { endJob } from './end-job.ts';
import { signerOf } from './signer.ts';

const unknownJob = (job: JobId): LullError =>
  new LullError('unknown_job', `This account has no job ${job}: check the id with "lull jobs".`);

/** @throws {LullError} `unknown_job`, also for another account's: nobody learns what others run */
async function ownJob(sql: Sql, account: string, job: JobId): Promise<number> {
  const id = await findJob(sql, account, job);
  if (id === undefined) throw unknownJob(job);
  return id;
}

async function statusOf(sql: Sql, account: string, job: JobId): Promise<JobStatus> {
  const [status] = await jobStatuses(sql, { id: await ownJob(sql, account, job) });
  if (status === undefined) throw unknownJob(job);
  return status;
}

export const listJobs =
  ({ store }: Context): Handler<'listJobs'> =>
  async (request) =>
    store.read(async (sql) => {
      const accountId = await findAccount(sql, signerOf(request));
      if (accountId === undefined) return { jobs: [] };
      return { jobs: await jobStatuses(sql, { accountId, limit: request.query.limit }) };
    });

export const getJob =
  ({ store }: Context): Handler<'getJob'> =>
  async (request) =>
    store.read((sql) => statusOf(sql, signerOf(request), request.params.job));

export const jobResults =
  ({ store }: Context): Handler<'jobResults'> =>
  async (request) =>
    store.read(async (sql) => {
      const { job } = request.params;
      const { from, limit } = request.query;
      const id = await ownJob(sql, signerOf(request), job);
      return { results: await decidedTasks(sql, id, job, from, limit) };
    });

/** Cancels a job; one that has ended stays as it is. */
export const cancelJob =
  (context: Context): Handler<'cancelJob'> =>
  async (request) => {
    const account = signerOf(request);
    const { job } = request.params;
    await change(context, async (sql, after) => {
      const id = await ownJob(sql, account, job);
      await endJob(sql, id, 'cancelled', context.clock.now(), after);
    });
    return context.store.read((sql) => statusOf(sql, account, job));
  };
