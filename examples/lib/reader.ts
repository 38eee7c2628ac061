// SPDX-License-Identifier: MIT

/** Reads little-endian numbers and text from bytes in memory. Reading past the end traps. */
export class Reader {
  position: i32 = 0;

  constructor(
    public start: usize,
    public length: i32,
  ) {}

  get done(): bool {
    return this.position >= this.length;
  }

  u8(): u8 {
    return load<u8>(this.take(1));
  }

  u16(): u16 {
    return load<u16>(this.take(2));
  }

  u32(): u32 {
    return load<u32>(this.take(4));
  }

  f32(): f32 {
    return load<f32>(this.take(4));
  }

  f64(): f64 {
    return load<f64>(this.take(8));
  }

  text(length: i32): string {
    return String.UTF8.decodeUnsafe(this.take(length), length);
  }

  /** The next part of a merge module's input: the output of one task. */
  part(): Reader {
    const length = <i32>this.u32();
    return new Reader(this.take(length), length);
  }

  private take(bytes: i32): usize {
    if (bytes < 0 || this.length - this.position < bytes) unreachable();
    const at = this.start + this.position;
    this.position += bytes;
    return at;
  }
}
