// SPDX-License-Identifier: MIT

/** How a file is cut: after so many lines, or after the last line that ends within so many bytes. */
export type PieceRule = { readonly lines: number } | { readonly bytes: number };

const LINE_FEED = 0x0a;

/** Offsets just after each line break, and the end of the file when its last line has none. */
async function* lineEnds(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<number> {
  let offset = 0;
  let last = 0;
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) {
      last = offset + at + 1;
      yield last;
    }
    offset += chunk.length;
  }
  if (offset > last) yield offset;
}

/**
 * Where the pieces of a file end. No line is ever broken: a line longer than `bytes` is a piece of its own.
 * The pieces end to end are the file.
 */
export async function* pieceEnds(chunks: AsyncIterable<Uint8Array>, rule: PieceRule): AsyncGenerator<number> {
  let start = 0;
  let last = 0;
  let lines = 0;
  for await (const end of lineEnds(chunks)) {
    if ('lines' in rule) {
      lines += 1;
      if (lines === rule.lines) {
        yield end;
        start = end;
        lines = 0;
      }
    } else if (end - start > rule.bytes) {
      if (last > start) {
        yield last;
        start = last;
      }
      if (end - start > rule.bytes) {
        yield end;
        start = end;
      }
    }
    last = end;
  }
  if (last > start) yield last;
}
