// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { byteSize, duration, Output, table } from '../../../cli/output.ts';

function captured(json: boolean, isTTY = false): { output: Output; out: () => string; err: () => string } {
  let out = '';
  let err = '';
  const output = new Output({
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text), isTTY },
    json,
  });
  return { output, out: () => out, err: () => err };
}

describe('Output', () => {
  it('prints with --json one value on stdout and nothing else anywhere', () => {
    const { output, out, err } = captured(true, true);
    output.note('by the way');
    output.transient('50 %');
    output.endTransient();
    output.result([{ a: 1 }], ['a line']);
    expect(JSON.parse(out())).toEqual([{ a: 1 }]);
    expect(err()).toBe('');
  });

  it('prints a failure with --json as one value too', () => {
    const { output, out, err } = captured(true);
    output.failure('unknown_job', 'There is no such job.', {});
    expect(JSON.parse(out())).toEqual({
      error: { code: 'unknown_job', message: 'There is no such job.', details: {} },
    });
    expect(err()).toBe('');
  });

  it('prints for people the lines on stdout, and what is by the way on stderr', () => {
    const { output, out, err } = captured(false);
    output.note('by the way');
    output.result({ a: 1 }, ['one', 'two']);
    expect(out()).toBe('one\ntwo\n');
    expect(err()).toBe('by the way\n');
  });

  it('draws no progress into a file', () => {
    const { output, err } = captured(false);
    output.transient('50 %');
    expect(err()).toBe('');
  });
});

describe('table', () => {
  it('pads columns to their widest cell and leaves no blanks at the end', () => {
    expect(
      table(
        [
          ['a', '1'],
          ['long', '22'],
        ],
        [1],
      ),
    ).toEqual(['a      1', 'long  22']);
    expect(
      table([
        ['a', 'b'],
        ['c', ''],
      ]),
    ).toEqual(['a  b', 'c']);
  });
});

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [499, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [61_000, '1 min 1 s'],
    [3_599_999, '1 h'],
    [5_400_000, '1 h 30 min'],
    [90_000_000, '1 d 1 h'],
  ])('writes %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('never shows a unit that is full', () => {
    fc.assert(
      fc.property(fc.nat(1e9), (ms) => {
        expect(duration(ms)).not.toMatch(/\b(6\d|[7-9]\d|\d{3,}) (s|min)\b/);
      }),
    );
  });
});

describe('byteSize', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [5_242_880, '5.0 MiB'],
    [10 * 1024 ** 4, '10240.0 GiB'],
  ])('writes %d as %s', (bytes, text) => expect(byteSize(bytes)).toBe(text));
});
