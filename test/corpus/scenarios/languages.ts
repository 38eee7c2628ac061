// SPDX-License-Identifier: MIT
import type { Packages, Scenario } from '../packages.ts';

interface QuickJsContext {
  readonly runtime: { setMaxStackSize(bytes: number): void };
  evalCode(code: string): object;
  unwrapResult(result: object): { dispose(): void };
  dump(handle: object): unknown;
  dispose(): void;
}
interface QuickJsPackage {
  readonly RELEASE_SYNC: object;
  newQuickJSWASMModuleFromVariant(variant: object): Promise<{ newContext(): QuickJsContext }>;
}

const SCRIPT = `
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
  const words = {};
  let text = '';
  for (let i = 0; i < 4000; i++) {
    const word = 'w' + ((i * 7919) % 97);
    words[word] = (words[word] ?? 0) + 1;
    if (i % 50 === 0) text += word.toUpperCase() + ':' + Math.sqrt(i).toFixed(3) + ';';
  }
  const sorted = Object.entries(words).sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  class Account { #sum = 0n; add(n) { this.#sum += BigInt(n) ** 3n; return this; } get sum() { return this.#sum; } }
  const account = new Account();
  for (let i = 0; i < 300; i++) account.add(i);
  let caught = '';
  try { null.x } catch (error) { caught = error.name }
  JSON.stringify([fib(17), sorted.slice(0, 9), text.replace(/W(\\d)/g, '<$1>').length, String(account.sum), caught]);
`;

/** Enough for a recursion of the interpreter to be stopped by itself, not by us. */
const TOO_DEEP = `
  let depth = 0;
  const dive = () => { depth++; dive(); };
  try { dive() } catch (error) { error.name + ' ' + (depth > 10) }
`;

const quickjs: Scenario = {
  name: 'quickjs',
  load: async (packages) => {
    const { newQuickJSWASMModuleFromVariant, RELEASE_SYNC } = packages.require<QuickJsPackage>(
      'quickjs-emscripten/dist/index.js',
    );
    const engine = await newQuickJSWASMModuleFromVariant(RELEASE_SYNC);
    return () => {
      const context = engine.newContext();
      context.runtime.setMaxStackSize(64 * 1024);
      const texts = [SCRIPT, TOO_DEEP].map((code) => {
        const value = context.unwrapResult(context.evalCode(code));
        const text = String(context.dump(value));
        value.dispose();
        return text;
      });
      context.dispose();
      return texts.join('\n');
    };
  },
};

type TreeSitterPackage = (new () => {
  setLanguage(language: object): void;
  parse(source: string): { readonly rootNode: { toString(): string }; delete(): void };
}) & {
  init(options: object): Promise<void>;
  /** is there once it has been initialized */
  readonly Language: { load(bytes: Uint8Array): Promise<object> };
};

const SOURCES: Readonly<Record<string, string>> = {
  javascript: SCRIPT,
  python:
    'def f(a, *b, c=1):\n    """doc"""\n    return [x ** 2 for x in b if x] + [a, c]\n\nclass A(B):\n    x: int = 3\n',
  c: '#include <stdio.h>\nint main(void) { for (int i = 0; i < 3; i++) printf("%d\\n", i << 2); return 0; }\n',
  rust: 'pub fn f<T: Ord>(v: &mut Vec<T>) -> Option<&T> { v.sort(); match v.len() { 0 => None, n => v.get(n / 2) } }\n',
  go: 'package main\nfunc main() { ch := make(chan int); go func() { ch <- 1 }(); println(<-ch) }\n',
};

const treeSitter: Scenario = {
  name: 'tree-sitter',
  load: async (packages) => {
    const Parser = packages.require<TreeSitterPackage>('web-tree-sitter/tree-sitter.js');
    await Parser.init({ wasmBinary: packages.bytes('web-tree-sitter/tree-sitter.wasm') });
    const parsers: { parser: InstanceType<TreeSitterPackage>; source: string }[] = [];
    // One after the other: its linker takes what another grammar still lacks for a mistake.
    for (const [name, source] of Object.entries(SOURCES)) {
      const parser = new Parser();
      const grammar = packages.bytes(`tree-sitter-wasms/out/tree-sitter-${name}.wasm`);
      parser.setLanguage(await Parser.Language.load(grammar));
      parsers.push({ parser, source });
    }
    return () =>
      parsers
        .map(({ parser, source }) => {
          const tree = parser.parse(source);
          const text = tree.rootNode.toString();
          tree.delete();
          return text;
        })
        .join('\n');
  },
};

interface EsbuildPackage {
  initialize(options: { wasmModule: WebAssembly.Module; worker: boolean }): Promise<void>;
  transform(source: string, options: object): Promise<{ readonly code: string }>;
}

const TYPESCRIPT = `
  interface Shape { readonly area: number }
  enum Kind { square = 'square', circle = 'circle' }
  export class Circle implements Shape { #r = 1; constructor(r: number) { this.#r = r } get area(): number { return Math.PI * this.#r ** 2 } }
  export const areas = (all: readonly Shape[]): number[] => all.map(({ area }) => area ?? 0).filter((area) => area > 0);
  export default Kind.circle;
`;

const esbuild: Scenario = {
  name: 'esbuild',
  load: async (packages) => {
    // It is made for a browser, and looks for what there is called self.
    Object.assign(globalThis, { self: globalThis });
    const { initialize, transform } = packages.require<EsbuildPackage>('esbuild-wasm/lib/browser.js');
    const wasmModule = new WebAssembly.Module(packages.bytes('esbuild-wasm/esbuild.wasm'));
    await initialize({ wasmModule, worker: false });
    return async () =>
      (await transform(TYPESCRIPT, { loader: 'ts', minify: true, target: 'es2017', sourcemap: 'inline' }))
        .code;
  },
};

interface RollupPackage {
  rollup(options: object): Promise<{
    generate(options: object): Promise<{ readonly output: readonly { readonly code: string }[] }>;
  }>;
}

const FILES: Readonly<Record<string, string>> = {
  main: "import { used } from 'lib'; import * as all from 'lib'; console.log(used(3), all.constant);",
  lib: 'export const used = (n) => n * n; export const unused = () => document.title; export const constant = 42;',
};

const rollup: Scenario = {
  name: 'rollup',
  load: async (packages) => {
    const { rollup } = loadRollup(packages);
    const plugin = {
      name: 'memory',
      resolveId: (id: string) => id,
      load: (id: string) => FILES[id],
    };
    return async () => {
      const bundle = await rollup({ input: 'main', plugins: [plugin] });
      const { output } = await bundle.generate({ format: 'es', sourcemap: true });
      return output.map(({ code }) => code).join('\n');
    };
  },
};

const loadRollup = (packages: Packages): RollupPackage =>
  packages.require<RollupPackage>('@rollup/wasm-node/dist/rollup.js');

interface OnigurumaPackage {
  loadWASM(options: { data: Uint8Array }): Promise<void>;
  createOnigScanner(patterns: string[]): {
    findNextMatchSync(
      text: string,
      from: number,
    ): { readonly index: number; readonly captureIndices: object } | null;
  };
}

const oniguruma: Scenario = {
  name: 'oniguruma',
  load: async (packages) => {
    const { loadWASM, createOnigScanner } = packages.require<OnigurumaPackage>(
      'vscode-oniguruma/release/main.js',
    );
    await loadWASM({ data: packages.bytes('vscode-oniguruma/release/onig.wasm') });
    return () => {
      const scanner = createOnigScanner([
        '(?<=\\()[^)]*(\\))',
        '\\b(?<w>const|let)\\b\\s+(\\g<w>)?',
        '\\p{Lu}\\w+',
      ]);
      const matches: unknown[] = [];
      for (let at = 0; at < SCRIPT.length; at += 16) matches.push(scanner.findNextMatchSync(SCRIPT, at));
      return JSON.stringify(matches);
    };
  },
};

export const languages: readonly Scenario[] = [quickjs, treeSitter, esbuild, rollup, oniguruma];
