// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { asFiles, framed } from '../../../../agent/requester/merge.ts';

const outputs = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });

describe('the input of a merge module', () => {
  it('is, for a stepped one, every output after its length', () => {
    expect([...framed([new Uint8Array([7, 8]), new Uint8Array()])]).toEqual([2, 0, 0, 0, 7, 8, 0, 0, 0, 0]);
  });

  it('can be taken apart again into the same outputs', () => {
    fc.assert(
      fc.property(outputs, (parts) => {
        const bytes = Buffer.from(framed(parts));
        const found: Uint8Array[] = [];
        for (let at = 0; at < bytes.length;) {
          const length = bytes.readUInt32LE(at);
          found.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)));
          at += 4 + length;
        }
        expect(found).toEqual(parts);
      }),
    );
  });

  it('is, for a WASI one, a file for each output, named so that they sort by index', () => {
    const files = asFiles(Array.from({ length: 12 }, (_, i) => new Uint8Array([i])));
    expect(files.map(({ path }) => path).toSorted()).toEqual(files.map(({ path }) => path));
    expect(files[10]).toEqual({ path: 'in/00010', bytes: new Uint8Array([10]) });
  });
});
