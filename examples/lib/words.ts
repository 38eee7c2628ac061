// SPDX-License-Identifier: MIT
import { Reader } from './reader';

/** Reads words between blanks from a text; `#` starts a comment that ends with its line. */
export class Words {
  constructor(private input: Reader) {}

  /** The next word; empty at the end. */
  next(): string {
    const input = this.input;
    let word = '';
    while (!input.done) {
      let code = <i32>input.u8();
      if (code == 0x23) {
        while (!input.done && code != 0x0a) code = <i32>input.u8();
      }
      if (code > 0x20) word += String.fromCharCode(code);
      else if (word.length > 0) break;
    }
    return word;
  }

  number(): f64 {
    const value = parseFloat(this.next());
    if (isNaN(value)) unreachable();
    return value;
  }
}
