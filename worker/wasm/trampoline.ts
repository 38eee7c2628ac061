// SPDX-License-Identifier: MIT

/** Called when a module's fuel is below zero. @returns the fuel to go on with; below zero to end the module */
export type SlowFunction = (fuel: bigint) => bigint;

// (module (type (func (param i64) (result i64)))
//   (import "" "s" (func (type 0)))
//   (func (export "s") (type 0)
//     (local.tee 0 (call 0 (local.get 0)))
//     (if (i64.lt_s (local.get 0) (i64.const 0)) (then unreachable))
//     (local.get 0)))
const BYTES = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7e, 0x01, 0x7e],
  ...[0x02, 0x06, 0x01, 0x00, 0x01, 0x73, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x73, 0x00, 0x01],
  ...[0x0a, 0x15, 0x01, 0x13, 0x00],
  ...[0x20, 0x00, 0x10, 0x00, 0x21, 0x00],
  ...[0x20, 0x00, 0x42, 0x00, 0x53, 0x04, 0x40, 0x00, 0x0b],
  ...[0x20, 0x00, 0x0b],
]);

/**
 * Makes a function of WebAssembly out of one of JavaScript, as a table holds no others. To end the module it traps:
 * an exception of JavaScript could be caught by the module.
 */
export function wrapSlowFunction(slow: SlowFunction): unknown {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(BYTES), { '': { s: slow } });
  return instance.exports['s'];
}
