// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import type { Events } from './events.ts';
import type { ScannedFunction } from './scan.ts';

/** Where exceptions that a function's `try_table`s catch go on. */
export interface CatchLandings {
  /** events that open the labels */
  readonly at: ReadonlySet<number>;
  /** whether one is the end of the function */
  readonly atEnd: boolean;
}

export function catchLandings(events: Events, { firstEvent, endEvent }: ScannedFunction): CatchLandings {
  const at = new Set<number>();
  const openers: number[] = [];
  let atEnd = false;
  for (let event = firstEvent; event < endEvent; event++) {
    switch (events.opcode(event)) {
      case OP.tryTable:
        for (const depth of events.catchTargets(event)) {
          const opener = openers[openers.length - 1 - depth];
          if (opener === undefined) atEnd = true;
          else at.add(opener);
        }
        openers.push(event);
        break;
      case OP.block:
      case OP.loop:
      case OP.if:
      case OP.try:
        openers.push(event);
        break;
      case OP.end:
      case OP.delegate:
        openers.pop();
        break;
      default:
    }
  }
  return { at, atEnd };
}
