// SPDX-License-Identifier: MIT
import { randomBits, seedRandom } from '../../lib/random';
import { Program, Task, use } from '../../lib/stepped';
import { above, BINS, bValue, completeness, estimate, LOWEST } from './model';

export { lull_alloc, lull_begin, lull_output_len, lull_output_ptr, lull_step } from '../../lib/stepped';

const REPLICATES_PER_STEP = 4096;
/** b-values are counted in classes of 0.0001 from 0 to 5, so that quantiles can be merged. */
const CLASSES = 50_000;

class Bootstrap extends Program {
  private replicates: i32 = 0;
  private correction: i32 = 0;
  private finished: i32 = 0;
  private catalogue: StaticArray<u8> = new StaticArray<u8>(0);
  private histogram: StaticArray<i32> = new StaticArray<i32>(BINS);
  private classes: StaticArray<u32> = new StaticArray<u32>(CLASSES);
  private completenesses: StaticArray<u32> = new StaticArray<u32>(BINS);
  private sum: f64 = 0;
  private squares: f64 = 0;
  private origin: f64 = 0;

  begin(task: Task): void {
    seedRandom(task.seed, task.index);
    const input = task.input;
    this.replicates = <i32>input.u32();
    this.correction = <i32>input.u32();
    const events = <i32>input.u32();
    this.catalogue = new StaticArray<u8>(events);
    this.histogram.fill(0);
    for (let i = 0; i < events; i++) {
      const bin = <i32>Math.round(input.f64() * 10) - LOWEST;
      this.catalogue[i] = <u8>bin;
      this.histogram[bin]++;
    }
    estimate(this.histogram, this.correction);
    this.origin = bValue;
    this.output.u32(events);
    this.output.u32(completeness);
    this.output.u32(above);
    this.output.f64(bValue);
  }

  step(): i32 {
    const last = min(this.finished + REPLICATES_PER_STEP, this.replicates);
    while (this.finished < last) {
      this.resample();
      this.finished++;
    }
    if (this.finished < this.replicates) return <i32>((<i64>this.finished * 1000) / this.replicates);
    this.write();
    return 1000;
  }

  private resample(): void {
    const catalogue = this.catalogue;
    const histogram = this.histogram;
    const events = <u64>catalogue.length;
    histogram.fill(0);
    for (let i: u64 = 0; i < events; i += 2) {
      const bits = randomBits();
      const first = unchecked(catalogue[<i32>(((bits & 0xffffffff) * events) >> 32)]);
      unchecked(histogram[first]++);
      if (i + 1 == events) break;
      const second = unchecked(catalogue[<i32>(((bits >> 32) * events) >> 32)]);
      unchecked(histogram[second]++);
    }
    estimate(histogram, this.correction);
    const deviation = bValue - this.origin;
    this.sum += deviation;
    this.squares += deviation * deviation;
    this.classes[min(<i32>(bValue * 10_000), CLASSES - 1)]++;
    this.completenesses[completeness - LOWEST]++;
  }

  private write(): void {
    const output = this.output;
    output.u32(this.replicates);
    output.f64(this.sum);
    output.f64(this.squares);
    for (let bin = 0; bin < BINS; bin++) output.u32(this.completenesses[bin]);
    for (let k = 0; k < CLASSES; k++) {
      if (this.classes[k] == 0) continue;
      output.u16(k);
      output.u32(this.classes[k]);
    }
  }
}

use(new Bootstrap());
