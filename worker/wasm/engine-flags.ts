// SPDX-License-Identifier: MIT
import { setFlagsFromString } from 'node:v8';

/** What tells V8 how to run metered modules. */
export const ENGINE_FLAGS: readonly string[] = [
  // V8 cannot replace WebAssembly code while it runs: a long first call would stay in the slow tier.
  '--no-liftoff',
  // The slow call is hardly ever made. Where V8 knows that, it keeps it out of the way of all else.
  '--experimental-wasm-branch-hinting',
];

/** Before anything is compiled: what is compiled already stays as it is. */
export function setEngineFlags(): void {
  for (const flag of ENGINE_FLAGS) setFlagsFromString(flag);
}
