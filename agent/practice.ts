// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { LullError } from '../protocol/errors.ts';
import { sha256 } from '../protocol/hashes.ts';
import type { Logger } from '../protocol/logger.ts';
import { newSeed, type SigningKey, signingKeyFromSeed } from '../protocol/signatures.ts';
import type { CoordinatorClient, Keychain } from './ports.ts';
import { type PreparedJob, readJob } from './requester/job-reader.ts';
import { submitJob } from './requester/submit.ts';

const KEY_NAME = 'practice-requester';
const DEADLINE_MS = 30 * 86_400_000;

export interface PracticeParts {
  /** folder of folders that each hold a job.json */
  readonly examplesDir: string;
  readonly keychain: Keychain;
  /** a client of the network of one that signs with this account */
  readonly clientFor: (account: SigningKey) => CoordinatorClient;
  readonly logger: Logger;
}

/**
 * What a network of one works on: the example jobs, submitted by an account apart from the owner's, so that a
 * newcomer sees this computer earn without anybody else.
 */
export class Practice {
  readonly #parts: PracticeParts;

  constructor(parts: PracticeParts) {
    this.#parts = parts;
  }

  /** Submits the examples if this network has never had them. Safe to call at every start. */
  async seed(signal?: AbortSignal): Promise<void> {
    const account = await this.#account();
    const client = this.#parts.clientFor(account);
    const { jobs } = await client.call('listJobs', { query: { limit: 500 } }, signal);
    const known = new Set(jobs.map((job) => job.name));
    for (const [name, job] of await this.#examples()) {
      if (known.has(job.submission.name)) continue;
      const requestKey = keyFor(account.publicKey, name);
      await submitJob(client, forOne(job), { requestKey, ...(signal && { signal }) });
      this.#parts.logger.info('A practice job is submitted.', { name });
    }
  }

  /** Submits every example once more, with a new seed, so that there is something new to find out. */
  async again(signal?: AbortSignal): Promise<void> {
    for (const [, job] of await this.#examples()) {
      const once = forOne(job);
      await this.#submitAgain({ ...once, submission: { ...once.submission, seed: randomSeed() } }, signal);
    }
  }

  async #submitAgain(job: PreparedJob, signal?: AbortSignal): Promise<void> {
    const submit = async (account: SigningKey): Promise<void> => {
      await submitJob(this.#parts.clientFor(account), job, { ...(signal && { signal }) });
    };
    try {
      await submit(await this.#account());
    } catch (error) {
      if (!(error instanceof LullError) || error.code !== 'insufficient_credits') throw error;
      // Practice credits are for show: a new requester is given new ones.
      await submit(await this.#newAccount());
    }
  }

  async #account(): Promise<SigningKey> {
    const seed = await this.#parts.keychain.get(KEY_NAME);
    return seed === undefined ? this.#newAccount() : signingKeyFromSeed(seed);
  }

  async #newAccount(): Promise<SigningKey> {
    const seed = newSeed();
    await this.#parts.keychain.set(KEY_NAME, seed);
    return signingKeyFromSeed(seed);
  }

  /** Sorted, so that the same job comes first everywhere. */
  async #examples(): Promise<[name: string, job: PreparedJob][]> {
    const folders = await readdir(this.#parts.examplesDir, { withFileTypes: true });
    const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return Promise.all(
      names.sort().map(async (name): Promise<[string, PreparedJob]> => {
        return [name, await readJob(join(this.#parts.examplesDir, name, 'job.json'))];
      }),
    );
  }
}

/** One device can only agree with itself, and may be asleep for a long time. */
const forOne = (job: PreparedJob): PreparedJob => ({
  ...job,
  submission: { ...job.submission, quorum: 1, deadlineMs: DEADLINE_MS },
});

const randomSeed = (): string => String(randomBytes(8).readBigUInt64LE());

/** Always the same for one account and example (UUID version 8): an answer that was lost repeats none. */
function keyFor(account: string, name: string): string {
  const hex = sha256(Buffer.from(`${account}\n${name}`)).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
