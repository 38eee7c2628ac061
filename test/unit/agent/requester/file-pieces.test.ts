// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pieceEnds, type PieceRule } from '../../../../agent/requester/file-pieces.ts';

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

async function split(text: string, rule: PieceRule, chunk = 7): Promise<string[]> {
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  let start = 0;
  for await (const end of pieceEnds(inChunks(bytes, chunk), rule)) {
    pieces.push(bytes.subarray(start, end).toString());
    start = end;
  }
  return pieces;
}

const text = fc
  .array(fc.constantFrom('a', 'é', ' ', '\n', '\r\n', 'word'), { maxLength: 200 })
  .map((parts) => parts.join(''));
const rule = fc.oneof(
  fc.record({ lines: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ bytes: fc.integer({ min: 1, max: 50 }) }),
);

describe('pieceEnds', () => {
  it('cuts after every so many lines, the last piece being what is left', async () => {
    expect(await split('1\n2\n3\n4\n5\n', { lines: 2 })).toEqual(['1\n2\n', '3\n4\n', '5\n']);
  });

  it('keeps a last line that has no line break', async () => {
    expect(await split('1\n2', { lines: 1 })).toEqual(['1\n', '2']);
  });

  it('cuts at the last line that ends within so many bytes', async () => {
    expect(await split('aa\nbb\ncc\n', { bytes: 7 })).toEqual(['aa\nbb\n', 'cc\n']);
  });

  it('makes a piece of its own of a line that is longer than a piece may be', async () => {
    expect(await split('a\nlonger than five\nb\n', { bytes: 5 })).toEqual([
      'a\n',
      'longer than five\n',
      'b\n',
    ]);
  });

  it('finds no piece in an empty file', async () => {
    expect(await split('', { lines: 3 })).toEqual([]);
  });

  it('gives pieces that are the file end to end, for any file, rule and size of reads', async () => {
    await fc.assert(
      fc.asyncProperty(text, rule, fc.integer({ min: 1, max: 64 }), async (file, by, chunk) => {
        const pieces = await split(file, by, chunk);
        expect(pieces.join('')).toBe(file);
        expect(pieces.every((piece) => piece !== '')).toBe(true);
      }),
    );
  });

  it('never breaks a line: every piece but the last ends with a line break', async () => {
    await fc.assert(
      fc.asyncProperty(text, rule, async (file, by) => {
        const pieces = await split(file, by);
        expect(pieces.slice(0, -1).every((piece) => piece.endsWith('\n'))).toBe(true);
      }),
    );
  });

  it('keeps to the rule wherever a line does not forbid it', async () => {
    await fc.assert(
      fc.asyncProperty(text, rule, async (file, by) => {
        for (const piece of await split(file, by)) {
          const lines = piece.split('\n').filter((line, i, all) => line !== '' || i < all.length - 1).length;
          if ('lines' in by) expect(lines).toBeLessThanOrEqual(by.lines);
          else if (lines > 1) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(by.bytes);
        }
      }),
    );
  });
});
