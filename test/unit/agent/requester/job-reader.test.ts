// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readBlobSource } from '../../../../agent/requester/blob-source.ts';
import { type PreparedJob, readJob } from '../../../../agent/requester/job-reader.ts';

/** `(module (memory (export "memory") 1) (func (export "_start")))` */
const WASI = Buffer.from(
  '0061736d01000000010401600000030201000503010001071302066d656d6f72790200065f737461727400000a040102000b',
  'hex',
);

const JOB = {
  name: 'Words',
  module: { kind: 'wasi', path: 'words.wasm' },
  tasks: { repeat: 3 },
  pricePerGigafuel: '0.002',
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-job-'));
  await put('words.wasm', WASI);
});
afterEach(() => rm(folder, { recursive: true }));

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

async function read(job: unknown): Promise<PreparedJob> {
  await put('job.json', typeof job === 'string' ? job : JSON.stringify(job));
  return readJob(join(folder, 'job.json'));
}

async function inputsOf(job: PreparedJob): Promise<string[]> {
  return Promise.all(
    job.submission.tasks.map(async ({ input }) => {
      const source = input === undefined ? undefined : job.blobs.get(input.hash);
      return source === undefined ? '' : Buffer.from(await readBlobSource(source)).toString();
    }),
  );
}

describe('readJob', () => {
  it('fills in what a short job leaves out', async () => {
    const { submission, output } = await read(JOB);
    expect(submission).toMatchObject({
      quorum: 2,
      seed: '1',
      pricePerGigafuel: '2000',
      deadlineMs: 86_400_000,
      purpose: 'other',
      merge: { kind: 'concat' },
      limits: { fuel: '100000000000', memoryBytes: 268_435_456, outputBytes: 16_777_216, wallMs: 3_600_000 },
    });
    expect(submission.tasks).toHaveLength(3);
    expect(output).toBe('output.bin');
  });

  it('names every file that it needs by its hash, and reads it from there', async () => {
    await put('in/a.txt', 'A');
    const job = await read({
      ...JOB,
      files: [{ path: 'data/a', from: 'in/a.txt' }],
      tasks: { repeat: 2, input: 'in/a.txt' },
    });
    expect(await inputsOf(job)).toEqual(['A', 'A']);
    expect(job.blobs.size).toBe(2);
    expect(job.submission.files[0]).toMatchObject({ path: 'data/a', blob: { size: 1 } });
  });

  it('takes the files that a glob matches, sorted by their bytes', async () => {
    await Promise.all(
      ['in/b.txt', 'in/B.txt', 'in/é.txt', 'in/10.txt', 'in/9.txt'].map((path) => put(path, path)),
    );
    await put('in/other.csv', 'no');
    const job = await read({ ...JOB, tasks: { glob: 'in/*.txt' } });
    expect(await inputsOf(job)).toEqual(['in/10.txt', 'in/9.txt', 'in/B.txt', 'in/b.txt', 'in/é.txt']);
  });

  it('splits a file into tasks of so many lines', async () => {
    await put('data.csv', '1\n2\n3\n');
    expect(await inputsOf(await read({ ...JOB, tasks: { split: { file: 'data.csv', lines: 2 } } }))).toEqual([
      '1\n2\n',
      '3\n',
    ]);
  });

  it('keeps fractions of a gigafuel exactly', async () => {
    const { submission } = await read({ ...JOB, limits: { gigafuel: 0.000001 } });
    expect(submission.limits.fuel).toBe('1000');
  });

  it('refuses to send a file that has changed since it was read', async () => {
    await put('in.txt', 'before');
    const job = await read({ ...JOB, tasks: { repeat: 1, input: 'in.txt' } });
    await put('in.txt', 'after!');
    await expect(inputsOf(job)).rejects.toMatchObject({
      code: 'invalid_job',
      message: expect.stringContaining('changed') as string,
    });
  });
});

describe('readJob says which field is wrong and what to write', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['a file that is not JSON', '{"name": "x",}', /^job\.json is not JSON: .*line 1/],
    ['a missing name', { ...JOB, name: undefined }, /"name" is missing: write a text of 1 to 100 characters/],
    [
      'a missing price',
      { ...JOB, pricePerGigafuel: undefined },
      /"pricePerGigafuel" is missing: write credits as a text/,
    ],
    [
      'a price as a number',
      { ...JOB, pricePerGigafuel: 0.002 },
      /"pricePerGigafuel" is 0\.002, but must be credits as a text/,
    ],
    ['a price with too many decimals', { ...JOB, pricePerGigafuel: '0.0000001' }, /at most six decimals/],
    [
      'a quorum that is too large',
      { ...JOB, quorum: 9 },
      /"quorum" is 9, but must be a whole number from 1 to 7/,
    ],
    [
      'an unknown kind of module',
      { ...JOB, module: { kind: 'native', path: 'x' } },
      /"module\.kind" is "native", but must be "wasi" or "stepped"/,
    ],
    [
      'tasks of no known form',
      { ...JOB, tasks: { files: '*' } },
      /"tasks" is \{"files":"\*"\}, but must be \{"glob": /,
    ],
    [
      'a split by nothing',
      { ...JOB, tasks: { split: { file: 'words.wasm' } } },
      /"tasks\.split" needs either "lines" or "bytes"/,
    ],
    ['a misspelt field', { ...JOB, Quorum: 3 }, /"Quorum" is not a field of a job: did you mean "quorum"\?/],
    ['an unknown field', { ...JOB, colour: 'red' }, /"colour" is not a field of a job: remove it/],
    [
      'an unknown field inside',
      { ...JOB, limits: { memory: 5 } },
      /"limits\.memory" is not a field of a job/,
    ],
    [
      'a deadline without a unit',
      { ...JOB, deadline: '15' },
      /"deadline" is "15", but must be a duration like 45s, 15m/,
    ],
    ['a deadline of years', { ...JOB, deadline: '900d' }, /"deadlineMs"/],
    [
      'a path that leaves the task',
      { ...JOB, files: [{ path: '../x', from: 'words.wasm' }] },
      /"files\.0\.path" is "\.\.\/x", but must be a relative path/,
    ],
    ['a list', [], /it must be an object in braces/],
    [
      'a module that is not there',
      { ...JOB, module: { kind: 'wasi', path: 'gone.wasm' } },
      /"module\.path" names gone\.wasm, but there is no such file/,
    ],
    [
      'a module that is a folder',
      { ...JOB, module: { kind: 'wasi', path: '.' } },
      /"module\.path" names \., which is not a file/,
    ],
    [
      'a module that is not WebAssembly',
      { ...JOB, module: { kind: 'wasi', path: 'job.json' } },
      /which is not a valid WebAssembly module/,
    ],
    [
      'a module of another kind',
      { ...JOB, module: { kind: 'stepped', path: 'words.wasm' } },
      /which is no stepped module: it does not export lull_alloc/,
    ],
    [
      'a glob that matches nothing',
      { ...JOB, tasks: { glob: 'none/*' } },
      /"tasks\.glob" is "none\/\*", but no file matches it/,
    ],
    [
      'arguments of a stepped module',
      { ...JOB, module: { kind: 'stepped', path: 'words.wasm' }, args: ['x'] },
      /"args" must be empty/,
    ],
  ];

  it.each(wrong)('when it finds %s', async (_, job, message) => {
    await expect(read(job)).rejects.toMatchObject({
      code: expect.stringMatching(/^invalid_(job|module)$/) as string,
      message: expect.stringMatching(message) as string,
    });
  });

  it('and lists every problem in the details', async () => {
    await expect(read({ ...JOB, quorum: 0, name: '' })).rejects.toMatchObject({
      message: expect.stringContaining('(and 1 more)') as string,
      details: { problems: [expect.anything(), expect.anything()] },
    });
  });

  it('when the job file itself is not there', async () => {
    await expect(readJob(join(folder, 'nothing.json'))).rejects.toMatchObject({
      code: 'invalid_job',
      message: expect.stringContaining('there is no such file') as string,
    });
  });
});
