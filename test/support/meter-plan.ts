// SPDX-License-Identifier: MIT
import { Breath } from '../../worker/wasm/meter/breath.ts';
import type { Events } from '../../worker/wasm/meter/events.ts';
import { type MeterPlan, planMeter } from '../../worker/wasm/meter/meter-plan.ts';
import { scanCode, type ScannedCode } from '../../worker/wasm/meter/scan.ts';
import { readModule } from '../../worker/wasm/module-reader.ts';
import { type ModuleSpec, wasmModule } from './wasm-builder.ts';

export interface Planned {
  readonly code: ScannedCode;
  readonly events: Events;
  readonly plan: MeterPlan;
  /** the events of one of the module's own functions that have a flag, by their place in it */
  flagged(functionNumber: number, flag: number): number[];
  /** what its blocks are charged, without those that are charged nothing */
  charges(functionNumber: number): number[];
}

/** What the meter decides of a module, before it writes anything. */
export function planned(spec: ModuleSpec): Planned {
  const shape = readModule(wasmModule(spec));
  const breath = new Breath(() => undefined);
  const code = scanCode(shape, breath);
  const plan = planMeter(shape, code, breath);
  const { events } = code;
  const eventsOf = (functionNumber: number): number[] => {
    const { firstEvent, endEvent } = code.functions[functionNumber] ?? { firstEvent: 0, endEvent: 0 };
    return Array.from({ length: endEvent - firstEvent }, (_, at) => firstEvent + at);
  };
  return {
    code,
    events,
    plan,
    flagged: (functionNumber, flag) =>
      eventsOf(functionNumber).flatMap((event, at) => (events.has(event, flag) ? [at] : [])),
    charges: (functionNumber) =>
      eventsOf(functionNumber)
        .map((event) => events.charge(event))
        .filter((units) => units > 0),
  };
}
