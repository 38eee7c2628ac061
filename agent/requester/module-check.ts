// SPDX-License-Identifier: MIT
import { LullError, toError } from '../../protocol/errors.ts';
import type { ModuleKind } from '../../protocol/job.ts';

const EXPORTS: Readonly<Record<ModuleKind, readonly string[]>> = {
  stepped: ['memory', 'lull_alloc', 'lull_begin', 'lull_step', 'lull_output_ptr', 'lull_output_len'],
  wasi: ['memory', '_start'],
};
const IMPORTS: Readonly<Record<ModuleKind, readonly string[]>> = {
  stepped: ['wasi_snapshot_preview1'],
  wasi: ['wasi_snapshot_preview1'],
};

/**
 * Finds out before anything is uploaded whether a module can be what its job says.
 * @param field where the job file names it
 * @throws {LullError} `invalid_module`
 */
export function checkModule(
  bytes: Uint8Array<ArrayBuffer>,
  kind: ModuleKind,
  field: string,
  path: string,
): void {
  const fail = (why: string, cause?: unknown): never => {
    throw new LullError('invalid_module', `"${field}" names ${path}, ${why}`, { cause });
  };
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch (error) {
    return fail(
      `which is not a valid WebAssembly module: ${toError(error).message}. Compile it again.`,
      error,
    );
  }
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const missing = EXPORTS[kind].filter((name) => !exported.has(name));
  if (missing.length > 0) fail(`which is no ${kind} module: it does not export ${missing.join(', ')}.`);
  const foreign = WebAssembly.Module.imports(module).find((entry) => !IMPORTS[kind].includes(entry.module));
  if (foreign !== undefined) {
    fail(`which imports "${foreign.module}.${foreign.name}": a ${kind} module gets nothing of that name.`);
  }
}
