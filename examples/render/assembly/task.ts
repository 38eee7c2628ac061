// SPDX-License-Identifier: MIT
import { random, seedRandom } from '../../lib/random';
import { Program, Task, use } from '../../lib/stepped';
import { camera, grid, height, readScene, tileHeight, tileWidth, width } from './scene';
import { blue, green, red, trace } from './trace';

export { lull_alloc, lull_begin, lull_output_len, lull_output_ptr, lull_step } from '../../lib/stepped';

/** Renders one tile of the image, a row of pixels a step. Writes where it lies and its linear colours. */
class Tile extends Program {
  private left: i32 = 0;
  private top: i32 = 0;
  private row: i32 = 0;
  private eye: StaticArray<f64> = new StaticArray<f64>(3);
  private right: StaticArray<f64> = new StaticArray<f64>(3);
  private up: StaticArray<f64> = new StaticArray<f64>(3);
  private ahead: StaticArray<f64> = new StaticArray<f64>(3);
  private focus: f64 = 0;
  private lens: f64 = 0;
  private view: f64 = 0;

  begin(task: Task): void {
    readScene(task.input);
    seedRandom(task.seed, task.index);
    const columns = width / tileWidth;
    if (columns * (height / tileHeight) != task.count) unreachable();
    this.left = (task.index % columns) * tileWidth;
    this.top = (task.index / columns) * tileHeight;
    this.aim();
    this.output.u32(width);
    this.output.u32(height);
    this.output.u32(this.left);
    this.output.u32(this.top);
    this.output.u32(tileWidth);
    this.output.u32(tileHeight);
  }

  step(): i32 {
    const y = this.top + this.row;
    for (let x = this.left; x < this.left + tileWidth; x++) this.pixel(x, y);
    this.row++;
    return (this.row * 1000) / tileHeight;
  }

  private aim(): void {
    let x = camera[3] - camera[0];
    let y = camera[4] - camera[1];
    let z = camera[5] - camera[2];
    this.focus = Math.sqrt(x * x + y * y + z * z);
    x /= this.focus;
    y /= this.focus;
    z /= this.focus;
    const flat = Math.sqrt(x * x + z * z);
    for (let i = 0; i < 3; i++) this.eye[i] = camera[i];
    this.ahead[0] = x;
    this.ahead[1] = y;
    this.ahead[2] = z;
    this.right[0] = -z / flat;
    this.right[2] = x / flat;
    this.up[0] = this.right[1] * z - this.right[2] * y;
    this.up[1] = this.right[2] * x - this.right[0] * z;
    this.up[2] = this.right[0] * y - this.right[1] * x;
    this.view = 2 * Math.tan((camera[6] * Math.PI) / 360);
    this.lens = camera[7];
  }

  private pixel(x: i32, y: i32): void {
    let r: f64 = 0;
    let g: f64 = 0;
    let b: f64 = 0;
    for (let i = 0; i < grid; i++) {
      for (let j = 0; j < grid; j++) {
        this.sample(<f64>x + (<f64>i + random()) / <f64>grid, <f64>y + (<f64>j + random()) / <f64>grid);
        r += red;
        g += green;
        b += blue;
      }
    }
    const scale = 1 / <f64>(grid * grid);
    this.output.f32(<f32>(r * scale));
    this.output.f32(<f32>(g * scale));
    this.output.f32(<f32>(b * scale));
  }

  /** A ray from a random point of the lens through the point in focus behind this place of the image. */
  private sample(x: f64, y: f64): void {
    const across = ((x - <f64>width / 2) / <f64>height) * this.view;
    const upward = ((<f64>height / 2 - y) / <f64>height) * this.view;
    const turn = 2 * Math.PI * random();
    const out = this.lens * Math.sqrt(random());
    const lensX = out * Math.cos(turn);
    const lensY = out * Math.sin(turn);
    const dx = this.direction(0, across, upward, lensX, lensY);
    const dy = this.direction(1, across, upward, lensX, lensY);
    const dz = this.direction(2, across, upward, lensX, lensY);
    const scale = 1 / Math.sqrt(dx * dx + dy * dy + dz * dz);
    trace(
      this.eye[0] + this.right[0] * lensX + this.up[0] * lensY,
      this.eye[1] + this.right[1] * lensX + this.up[1] * lensY,
      this.eye[2] + this.right[2] * lensX + this.up[2] * lensY,
      dx * scale,
      dy * scale,
      dz * scale,
    );
  }

  private direction(axis: i32, across: f64, upward: f64, lensX: f64, lensY: f64): f64 {
    return (
      this.focus * (this.ahead[axis] + this.right[axis] * across + this.up[axis] * upward) -
      this.right[axis] * lensX -
      this.up[axis] * lensY
    );
  }
}

use(new Tile());
