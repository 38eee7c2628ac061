// SPDX-License-Identifier: MIT
import { ByteWriter } from '../byte-writer.ts';
import type { FunctionType } from '../value-types.ts';

const FUNCTION_FORM = 0x60;
const NO_VALUE = 0x40;

/** The types that are appended to a module's own. */
export class NewTypes {
  readonly #first: number;
  readonly #numbers = new Map<string, number>();
  readonly #entries = new ByteWriter();

  /** @param first how many types the module has */
  constructor(first: number) {
    this.#first = first;
  }

  get count(): number {
    return this.#numbers.size;
  }

  get entries(): Uint8Array {
    return this.#entries.written;
  }

  indexOf({ params, results }: FunctionType): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const index = this.#first + this.#numbers.size;
    this.#numbers.set(key, index);
    this.#entries.byte(FUNCTION_FORM).sized(params).sized(results);
    return index;
  }

  /** The type of a block without parameters, as the signed number that it is written as. */
  readonly blockType = (results: Uint8Array): number => {
    if (results.length > 1) return this.indexOf({ params: new Uint8Array(), results });
    return (results[0] ?? NO_VALUE) - 0x80;
  };
}
