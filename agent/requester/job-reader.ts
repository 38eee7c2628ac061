// SPDX-License-Identifier: MIT
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

import { LullError, toError } from '../../protocol/errors.ts';
import type { BlobHash } from '../../protocol/ids.ts';
import {
  type BlobRef,
  type JobSubmission,
  jobSubmissionSchema,
  LIMITS_MAX,
  type Merge,
  type ModuleKind,
  type TaskInput,
} from '../../protocol/job.ts';
import { type JobFile, jobFileSchema } from '../../protocol/job-file.ts';
import { FUEL_PER_GIGAFUEL, parseCredits } from '../../protocol/money.ts';
import { type BlobSource, blobSourceOf } from './blob-source.ts';
import { pieceEnds } from './file-pieces.ts';
import { jobFileError } from './job-file-errors.ts';
import { checkModule } from './module-check.ts';
import { filesMatching } from './task-glob.ts';

const MIB = 1024 * 1024;

/** A job as it can be submitted or run here, once its blobs are read from their files. */
export interface PreparedJob {
  readonly submission: Omit<JobSubmission, 'requestKey'>;
  readonly blobs: ReadonlyMap<BlobHash, BlobSource>;
  /** file name for the merged output */
  readonly output: string;
}

/**
 * Reads `job.json` and everything that it names.
 * @throws {LullError} `invalid_job`, `invalid_module` or `too_large`, naming the field and what to write.
 */
export async function readJob(file: string): Promise<PreparedJob> {
  const name = basename(file);
  const raw = parseJson(name, await readJobText(file));
  const parsed = jobFileSchema.safeParse(raw);
  if (!parsed.success) throw jobFileError(name, parsed.error, raw);
  return new JobReader(name, dirname(resolve(file)), parsed.data).read();
}

async function readJobText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new LullError('invalid_job', `${file} cannot be read: ${reason(cause)}.`, { cause });
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new LullError('invalid_job', `${name} is not JSON: ${toError(cause).message}.`, { cause });
  }
}

const reason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  return toError(error).message;
};

class JobReader {
  readonly #name: string;
  readonly #folder: string;
  readonly #job: JobFile;
  readonly #blobs = new Map<BlobHash, BlobSource>();

  constructor(name: string, folder: string, job: JobFile) {
    this.#name = name;
    this.#folder = folder;
    this.#job = job;
  }

  async read(): Promise<PreparedJob> {
    const job = this.#job;
    if (job.module.kind === 'stepped' && job.args.length > 0) {
      throw this.#invalid(
        '"args" must be empty: a stepped module gets no arguments; put them into its input',
      );
    }
    const limits = {
      fuel: String(BigInt(Math.round(job.limits.gigafuel * 1e6)) * (FUEL_PER_GIGAFUEL / 1_000_000n)),
      memoryBytes: Math.round(job.limits.memoryMiB * MIB),
      outputBytes: Math.round(job.limits.outputMiB * MIB),
      wallMs: job.limits.wall,
    };
    const draft = {
      name: job.name,
      description: job.description,
      purpose: job.purpose,
      moduleKind: job.module.kind,
      module: await this.#module(job.module, 'module.path'),
      args: job.args,
      files: await Promise.all(
        job.files.map(async ({ path, from }, i) => ({
          path,
          blob: await this.#file(from, `files.${i}.from`),
        })),
      ),
      tasks: await this.#tasks(),
      seed: String(job.seed),
      limits,
      quorum: job.quorum,
      pricePerGigafuel: String(parseCredits(job.pricePerGigafuel)),
      deadlineMs: job.deadline,
      merge: await this.#merge(),
    };
    const checked = jobSubmissionSchema.omit({ requestKey: true }).safeParse(draft);
    if (!checked.success) {
      const issue = checked.error.issues[0];
      throw this.#invalid(
        `"${issue?.path.map(String).join('.') ?? ''}": ${issue?.message ?? 'cannot be submitted'}`,
      );
    }
    return { submission: checked.data, blobs: this.#blobs, output: job.output };
  }

  async #merge(): Promise<Merge> {
    const { merge } = this.#job;
    if (merge.kind === 'concat') return merge;
    if (merge.module.kind === 'stepped' && merge.args.length > 0) {
      throw this.#invalid('"merge.args" must be empty: a stepped module gets no arguments');
    }
    const module = await this.#module(merge.module, 'merge.module.path');
    return { kind: 'module', moduleKind: merge.module.kind, module, args: merge.args };
  }

  async #tasks(): Promise<TaskInput[]> {
    const { tasks } = this.#job;
    if ('repeat' in tasks) {
      const input = tasks.input === undefined ? undefined : await this.#file(tasks.input, 'tasks.input');
      return Array.from({ length: tasks.repeat }, () => (input === undefined ? {} : { input }));
    }
    return 'glob' in tasks ? this.#fromGlob(tasks.glob) : this.#fromSplit(tasks.split);
  }

  async #fromGlob(pattern: string): Promise<TaskInput[]> {
    const paths = await filesMatching(this.#folder, pattern);
    if (paths.length === 0) throw this.#invalid(`"tasks.glob" is "${pattern}", but no file matches it`);
    this.#checkCount(paths.length, 'tasks.glob');
    const inputs: TaskInput[] = [];
    for (const path of paths) inputs.push({ input: await this.#file(path, 'tasks.glob') });
    return inputs;
  }

  async #fromSplit(split: {
    file: string;
    lines?: number | undefined;
    bytes?: number | undefined;
  }): Promise<TaskInput[]> {
    const { file, lines, bytes } = split;
    if ((lines === undefined) === (bytes === undefined)) {
      throw this.#invalid(
        '"tasks.split" needs either "lines" or "bytes": how much of the file goes into one task',
      );
    }
    const rule = lines === undefined ? { bytes: bytes ?? 0 } : { lines };
    const path = await this.#existing(file, 'tasks.split.file');
    const inputs: TaskInput[] = [];
    let start = 0;
    for await (const end of pieceEnds(createReadStream(path), rule)) {
      this.#checkCount(inputs.length + 1, 'tasks.split');
      inputs.push({ input: this.#keep(await blobSourceOf(path, start, end)) });
      start = end;
    }
    if (inputs.length === 0) throw this.#invalid(`"tasks.split.file" names ${file}, which is empty`);
    return inputs;
  }

  async #module(module: { kind: ModuleKind; path: string }, field: string): Promise<BlobRef> {
    const path = await this.#existing(module.path, field);
    const ref = await this.#file(module.path, field);
    if (ref.size > LIMITS_MAX.moduleBytes) {
      throw new LullError(
        'too_large',
        `${this.#name}: "${field}" names ${module.path}, which is larger than 64 MiB.`,
      );
    }
    checkModule(new Uint8Array(await readFile(path)), module.kind, field, module.path);
    return ref;
  }

  async #file(path: string, field: string): Promise<BlobRef> {
    const full = await this.#existing(path, field);
    return this.#keep(await blobSourceOf(full, 0, (await stat(full)).size));
  }

  async #existing(path: string, field: string): Promise<string> {
    const full = resolve(this.#folder, path);
    try {
      if ((await stat(full)).isFile()) return full;
    } catch (error) {
      throw this.#invalid(`"${field}" names ${path}, but ${reason(error)}`, error);
    }
    throw this.#invalid(`"${field}" names ${path}, which is not a file`);
  }

  #keep(source: BlobSource): BlobRef {
    this.#blobs.set(source.ref.hash, source);
    return source.ref;
  }

  #checkCount(count: number, field: string): void {
    if (count <= LIMITS_MAX.tasks) return;
    throw this.#invalid(
      `"${field}" makes more than ${LIMITS_MAX.tasks} tasks; make them larger, or several jobs of them`,
    );
  }

  #invalid(problem: string, cause?: unknown): LullError {
    return new LullError('invalid_job', `${this.#name}: ${problem}.`, { cause });
  }
}
