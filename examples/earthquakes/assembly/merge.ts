// SPDX-License-Identifier: MIT
import { Reader } from '../../lib/reader';
import { Program, Task, use } from '../../lib/stepped';
import { fixed } from '../../lib/writer';
import { BINS, LOWEST } from './model';

export { lull_alloc, lull_begin, lull_output_len, lull_output_ptr, lull_step } from '../../lib/stepped';

const CLASSES = 50_000;

class Merge extends Program {
  private parts: i32 = 0;
  private events: u32 = 0;
  private completeness: i32 = 0;
  private above: u32 = 0;
  private estimate: f64 = 0;
  private replicates: u64 = 0;
  private sum: f64 = 0;
  private squares: f64 = 0;
  private completenesses: StaticArray<u64> = new StaticArray<u64>(BINS);
  private classes: StaticArray<u64> = new StaticArray<u64>(CLASSES);

  begin(task: Task): void {
    while (!task.input.done) this.add(task.input.part());
  }

  step(): i32 {
    const count = <f64>this.replicates;
    const mean = this.sum / count;
    const error = Math.sqrt(Math.max(0, (this.squares - count * mean * mean) / (count - 1)));
    const aValue = Math.log10(<f64>this.above) + (this.estimate * <f64>this.completeness) / 10;
    const out = this.output;
    out.text('{\n  "law": "log10 N(M) = a - b M",\n');
    out.text('  "events": ' + this.events.toString() + ',\n');
    out.text('  "magnitudeOfCompleteness": ' + fixed(<f64>this.completeness / 10, 1) + ',\n');
    out.text('  "eventsAboveCompleteness": ' + this.above.toString() + ',\n');
    out.text('  "aValue": ' + fixed(aValue, 6) + ',\n');
    out.text('  "bValue": ' + fixed(this.estimate, 6) + ',\n');
    out.text('  "standardError": ' + fixed(error, 6) + ',\n');
    out.text('  "bias": ' + fixed(mean, 6) + ',\n');
    out.text(
      '  "confidence95": [' + fixed(this.quantile(0.025), 4) + ', ' + fixed(this.quantile(0.975), 4) + '],\n',
    );
    out.text('  "median": ' + fixed(this.quantile(0.5), 4) + ',\n');
    out.text('  "replicates": ' + this.replicates.toString() + ',\n');
    out.text('  "tasks": ' + this.parts.toString() + ',\n');
    out.text('  "completenessShares": {' + this.shares() + '}\n}\n');
    return 1000;
  }

  private add(part: Reader): void {
    const events = part.u32();
    const completeness = <i32>part.u32();
    const above = part.u32();
    const estimate = part.f64();
    if (this.parts > 0 && (events != this.events || estimate != this.estimate)) unreachable();
    this.parts++;
    this.events = events;
    this.completeness = completeness;
    this.above = above;
    this.estimate = estimate;
    this.replicates += part.u32();
    this.sum += part.f64();
    this.squares += part.f64();
    for (let bin = 0; bin < BINS; bin++) this.completenesses[bin] += part.u32();
    while (!part.done) {
      const k = part.u16();
      this.classes[k] += part.u32();
    }
  }

  /** The b-value below which this share of the replicates lies, straight between the ends of its class. */
  private quantile(share: f64): f64 {
    const wanted = share * <f64>this.replicates;
    let below: f64 = 0;
    for (let k = 0; k < CLASSES; k++) {
      const here = <f64>this.classes[k];
      if (here > 0 && below + here >= wanted) return (<f64>k + (wanted - below) / here) / 10_000;
      below += here;
    }
    return unreachable();
  }

  private shares(): string {
    let text = '';
    for (let bin = 0; bin < BINS; bin++) {
      const share = <f64>this.completenesses[bin] / <f64>this.replicates;
      if (share < 0.001) continue;
      if (text.length > 0) text += ', ';
      text += '"' + fixed(<f64>(bin + LOWEST) / 10, 1) + '": ' + fixed(share, 3);
    }
    return text;
  }
}

use(new Merge());
