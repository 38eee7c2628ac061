// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import { CORPUS_PACKAGES, INSTALL_CORPUS, isCorpusInstalled } from '../../build/corpus.ts';

/** Why tests of the corpus cannot run here, and what to do; undefined when they can. */
export const corpusMissing = (): string | undefined =>
  isCorpusInstalled()
    ? undefined
    : `the packages of the corpus are not installed (${INSTALL_CORPUS}, with a registry in reach, or npm test)`;

/** An empty custom section: with it at its end, a module is another one to V8, and compiled for itself. */
const EMPTY_SECTION = Uint8Array.of(0, 2, 1, 0x78);

/** Loads the corpus's packages anew: what was loaded before, with other modules in it, is another copy. */
export class Packages {
  static #copies = 0;
  readonly #copy = Packages.#copies++;
  readonly #require = createRequire(join(CORPUS_PACKAGES, '../package.json'));
  readonly #asOtherModules: boolean;
  #forgotten = false;

  /** @param options.asOtherModules whether V8 is to compile modules once more that it has seen before */
  constructor({ asOtherModules = false } = {}) {
    this.#asOtherModules = asOtherModules;
  }

  path(file: string): string {
    return join(CORPUS_PACKAGES, file);
  }

  bytes(file: string): Uint8Array<ArrayBuffer> {
    const bytes = readFileSync(this.path(file));
    const isModule = file.endsWith('.wasm');
    return new Uint8Array(this.#asOtherModules && isModule ? Buffer.concat([bytes, EMPTY_SECTION]) : bytes);
  }

  /** A CommonJS file, by its path in node_modules. */
  require<Exports>(file: string): Exports {
    if (!this.#forgotten) {
      const { cache } = this.#require;
      for (const name of Object.keys(cache)) if (name.startsWith(CORPUS_PACKAGES + sep)) delete cache[name];
      this.#forgotten = true;
    }
    return this.#require(this.path(file)) as Exports;
  }

  /** An ES module; those that it imports are shared between copies, so it must keep its instance itself. */
  async import<Exports>(file: string): Promise<Exports> {
    return (await import(`${pathToFileURL(this.path(file)).href}?copy=${this.#copy}`)) as Exports;
  }
}

/** Does a library's work again; the same bytes or text every time. */
export type Work = () => Uint8Array | string | Promise<Uint8Array | string>;

/** A library of the corpus and something that it is for. */
export interface Scenario {
  readonly name: string;
  /** loads the library and makes its instances */
  readonly load: (packages: Packages) => Promise<Work>;
}
