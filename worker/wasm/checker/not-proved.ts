// SPDX-License-Identifier: MIT

/** The checker could not prove that a rewritten module is always interruptible: it is not to be run. */
export class NotProved extends Error {
  override readonly name = 'NotProved';
  /** index of the function, imported ones counted; undefined where it is about the module */
  readonly functionIndex: number | undefined;
  /** byte of the module */
  readonly offset: number;
  readonly reason: string;

  constructor(reason: string, offset: number, functionIndex?: number) {
    const where = functionIndex === undefined ? '' : `function ${functionIndex}, `;
    super(`${where}byte ${offset}: ${reason}`);
    this.reason = reason;
    this.offset = offset;
    this.functionIndex = functionIndex;
  }
}
