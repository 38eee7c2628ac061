// SPDX-License-Identifier: MIT

/** A program that lends this computer's idle time, with work for every processor. */
export interface Contender {
  /**
   * Resolves once it has, by its own account, work running for every processor.
   * @returns the processes that compute
   */
  computing(): Promise<readonly number[]>;
  /** Stands still until `goOn`, so that another one can be measured. */
  rest(): Promise<void>;
  goOn(): Promise<void>;
  stop(): Promise<void>;
}
