// SPDX-License-Identifier: MIT
import type { MeteredInstance } from './instance.ts';

/** The module handed out an address outside its memory. */
export class BadAddress extends Error {
  override readonly name = 'BadAddress';
}

/** Reads and writes a module's memory where the module says, never outside it. */
export class GuestMemory {
  readonly #instance: () => MeteredInstance;

  constructor(instance: () => MeteredInstance) {
    this.#instance = instance;
  }

  /** A view that the next call into the module may detach. @throws {BadAddress} */
  bytes(address: number, length: number): Uint8Array {
    const memory = this.#instance().memory;
    if (address + length > memory.byteLength)
      throw new BadAddress(`the ${length} bytes at ${address} are not in the module's memory`);
    return new Uint8Array(memory, address, length);
  }

  text(address: number, length: number): string {
    return Buffer.from(this.bytes(address, length)).toString('utf8');
  }

  u32(address: number): number {
    return this.#view(address, 4).getUint32(0, true);
  }

  u64(address: number): bigint {
    return this.#view(address, 8).getBigUint64(0, true);
  }

  setU32(address: number, value: number): void {
    this.#view(address, 4).setUint32(0, value, true);
  }

  setU64(address: number, value: bigint): void {
    this.#view(address, 8).setBigUint64(0, value, true);
  }

  #view(address: number, length: number): DataView {
    const { buffer, byteOffset } = this.bytes(address, length);
    return new DataView(buffer, byteOffset, length);
  }
}
