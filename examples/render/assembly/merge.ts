// SPDX-License-Identifier: MIT
import { Reader } from '../../lib/reader';
import { Program, Task, use } from '../../lib/stepped';
import { png } from './png';

export { lull_alloc, lull_begin, lull_output_len, lull_output_ptr, lull_step } from '../../lib/stepped';

/** Filmic tone curve (Narkowicz's fit of ACES), then the sRGB curve. */
function display(linear: f64): u8 {
  const x = linear * 0.8;
  const film = Math.min(Math.max((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14), 0), 1);
  const curved = film <= 0.0031308 ? film * 12.92 : 1.055 * Math.pow(film, 1 / 2.4) - 0.055;
  return <u8>Math.round(curved * 255);
}

/** Puts the tiles together, develops the picture and writes it as a PNG. */
class Picture extends Program {
  private width: i32 = 0;
  private height: i32 = 0;
  private covered: i32 = 0;
  private pixels: usize = 0;

  begin(task: Task): void {
    while (!task.input.done) this.place(task.input.part());
    if (this.covered != this.width * this.height) unreachable();
  }

  step(): i32 {
    png(this.pixels, this.width, this.height, this.output);
    return 1000;
  }

  private place(tile: Reader): void {
    const width = <i32>tile.u32();
    const height = <i32>tile.u32();
    if (this.pixels == 0) {
      this.width = width;
      this.height = height;
      this.pixels = heap.alloc(width * height * 3);
    }
    const left = <i32>tile.u32();
    const top = <i32>tile.u32();
    const columns = <i32>tile.u32();
    const rows = <i32>tile.u32();
    if (width != this.width || height != this.height) unreachable();
    if (left + columns > width || top + rows > height) unreachable();
    for (let y = top; y < top + rows; y++) {
      for (let x = left; x < left + columns; x++) {
        const at = this.pixels + (y * width + x) * 3;
        store<u8>(at, display(tile.f32()));
        store<u8>(at + 1, display(tile.f32()));
        store<u8>(at + 2, display(tile.f32()));
      }
    }
    this.covered += columns * rows;
  }
}

use(new Picture());
