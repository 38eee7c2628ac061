// SPDX-License-Identifier: MIT
import type { z } from 'zod';

import { LullError } from '../../protocol/errors.ts';
import { jobFileSchema } from '../../protocol/job-file.ts';

/** What to write in each field of job.json, for whoever wrote something else. */
const EXPECTED: Readonly<Record<string, string>> = {
  '': 'an object in braces, with at least "name", "module", "tasks" and "pricePerGigafuel"',
  name: 'a text of 1 to 100 characters',
  description: 'a text of at most 2000 characters',
  purpose: 'one of "science", "ai", "rendering", "data", "finance" and "other"',
  module: 'an object like {"kind": "wasi", "path": "program.wasm"}',
  'module.kind': '"wasi" or "stepped"',
  'module.path': 'the path of a .wasm file, relative to this job file',
  args: 'a list of at most 64 texts',
  files: 'a list like [{"path": "data.csv", "from": "inputs/data.csv"}]',
  'files.*.path': 'a relative path without "..", as the task sees it',
  'files.*.from': 'the path of a file, relative to this job file',
  tasks: '{"glob": "inputs/*"}, {"split": {"file": "data.csv", "lines": 1000}} or {"repeat": 100}',
  seed: 'a whole number, 0 or more',
  quorum: 'a whole number from 1 to 7',
  pricePerGigafuel: 'credits as a text with at most six decimals, like "0.002"',
  deadline: 'a duration like 45s, 15m, 2h or 3d',
  limits: 'an object like {"gigafuel": 100, "memoryMiB": 256, "outputMiB": 16, "wall": "1h"}',
  'limits.gigafuel': 'a number above 0 and at most 1000000',
  'limits.memoryMiB': 'a number above 0 and at most 4096',
  'limits.outputMiB': 'a number above 0 and at most 256',
  'limits.wall': 'a duration like 45s, 15m or 2h',
  merge: '{"kind": "concat"} or {"kind": "module", "module": {"kind": "stepped", "path": "merge.wasm"}}',
  output: 'a file name without slashes',
};

const pattern = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? '*' : String(part))).join('.');

function expectedAt(path: readonly PropertyKey[]): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const expected = EXPECTED[pattern(path.slice(0, length))];
    if (expected !== undefined) return expected;
  }
  return path.length === 0 ? EXPECTED[''] : undefined;
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The known field that differs least from a misspelt one, when it is close. */
function closest(key: string): string | undefined {
  const known = Object.keys(jobFileSchema.shape);
  const lower = key.toLowerCase();
  return known.find(
    (name) => name.toLowerCase() === lower || name.startsWith(lower) || lower.startsWith(name.toLowerCase()),
  );
}

function sentence(issue: z.core.$ZodIssue, job: unknown): string {
  const at = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const near = at === '' ? closest(key) : undefined;
    const instead = near === undefined ? 'remove it' : `did you mean "${near}"?`;
    return `"${at === '' ? key : `${at}.${key}`}" is not a field of a job: ${instead}`;
  }
  const expected = expectedAt(issue.path) ?? issue.message;
  const value = valueAt(job, issue.path);
  if (at === '') return `it must be ${expected}`;
  return value === undefined
    ? `"${at}" is missing: write ${expected}`
    : `"${at}" is ${shown(value)}, but must be ${expected}`;
}

/** @param file the job file's name, for people */
export function jobFileError(file: string, error: z.ZodError, job: unknown): LullError {
  const problems = error.issues.map((issue) => sentence(issue, job));
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const first = problems[0] ?? 'it cannot be read';
  return new LullError(
    'invalid_job',
    `${file}: ${first}${more}${/[.?]$/.test(first) && more === '' ? '' : '.'}`,
    {
      details: { problems },
      cause: error,
    },
  );
}
