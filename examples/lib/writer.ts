// SPDX-License-Identifier: MIT

/** Collects little-endian numbers and text in one growing piece of memory. */
export class Writer {
  pointer: usize;
  length: i32 = 0;
  private capacity: i32;

  constructor(capacity: i32) {
    this.capacity = capacity;
    this.pointer = heap.alloc(capacity);
  }

  u8(value: u32): void {
    store<u8>(this.take(1), value);
  }

  u16(value: u32): void {
    store<u16>(this.take(2), value);
  }

  u32(value: u32): void {
    store<u32>(this.take(4), value);
  }

  f32(value: f32): void {
    store<f32>(this.take(4), value);
  }

  f64(value: f64): void {
    store<f64>(this.take(8), value);
  }

  /** Big-endian, as PNG wants it. */
  u32be(value: u32): void {
    store<u32>(this.take(4), bswap(value));
  }

  text(value: string): void {
    const length = String.UTF8.byteLength(value);
    const at = this.take(length);
    String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, at);
  }

  bytes(from: usize, length: i32): void {
    memory.copy(this.take(length), from, length);
  }

  private take(bytes: i32): usize {
    const needed = this.length + bytes;
    if (needed > this.capacity) this.grow(needed);
    const at = this.pointer + this.length;
    this.length = needed;
    return at;
  }

  private grow(needed: i32): void {
    this.capacity = max(needed, this.capacity * 2);
    const larger = heap.alloc(this.capacity);
    memory.copy(larger, this.pointer, this.length);
    heap.free(this.pointer);
    this.pointer = larger;
  }
}

/** A number with a fixed count of decimals, rounded half up. */
export function fixed(value: f64, decimals: i32): string {
  let scale: f64 = 1;
  for (let i = 0; i < decimals; i++) scale *= 10;
  const scaled = <u64>Math.floor(Math.abs(value) * scale + 0.5);
  const whole = (scaled / <u64>scale).toString();
  const sign = value < 0 && scaled > 0 ? '-' : '';
  if (decimals == 0) return sign + whole;
  return sign + whole + '.' + (scaled % <u64>scale).toString().padStart(decimals, '0');
}
