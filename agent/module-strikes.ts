// SPDX-License-Identifier: MIT
import type { RefusedModule } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { BlobHash } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import type { AgentStore, ModuleFaults } from './ports.ts';

/** So many faults of one module, and it is refused on this device. */
const MOST_FAULTS = 3;
/** Faults that are no refusal yet are forgotten after this time: computers have bad days, ms. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;
/** How many refused modules are shown. */
const MOST_SHOWN = 50;

interface ModuleStrikesParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<AgentStore, 'moduleFaults' | 'setModuleFaults' | 'clearModuleFaults'>;
  /** name and version of this program: a new one gives every module another chance */
  readonly software: string;
}

/** One more fault of a module, as it is told. */
export type ModuleFault = Pick<ModuleFaults, 'module' | 'jobName' | 'publisher' | 'reason'>;

/**
 * Modules whose worker failed on this device while it ran them: three faults without a success in between, and the
 * module is refused here. Kept over restarts, for a module that takes the whole app down would else come back.
 */
export class ModuleStrikes {
  readonly #parts: ModuleStrikesParts;
  readonly #byModule = new Map<BlobHash, ModuleFaults>();

  constructor(parts: ModuleStrikesParts) {
    this.#parts = parts;
    for (const faults of parts.store.moduleFaults()) {
      if (faults.software === parts.software) this.#byModule.set(faults.module, faults);
      else this.#keep(() => parts.store.clearModuleFaults(faults.module));
    }
  }

  /** @returns whether the module is refused from now on */
  add(fault: ModuleFault): boolean {
    const { clock, store, software } = this.#parts;
    const faults: ModuleFaults = {
      ...fault,
      at: clock.now(),
      faults: this.#count(fault.module) + 1,
      software,
    };
    this.#byModule.set(fault.module, faults);
    this.#keep(() => store.setModuleFaults(faults));
    return faults.faults >= MOST_FAULTS;
  }

  /** It ended as it should, or the owner gives it another chance. @returns whether there was something to forget */
  clear(module: BlobHash): boolean {
    if (!this.#byModule.delete(module)) return false;
    this.#keep(() => this.#parts.store.clearModuleFaults(module));
    return true;
  }

  /** Why this module is not run here; undefined when it is. */
  refusal(module: BlobHash): string | undefined {
    const faults = this.#byModule.get(module);
    return faults !== undefined && faults.faults >= MOST_FAULTS ? faults.reason : undefined;
  }

  /** Newest first. */
  refused(): RefusedModule[] {
    return [...this.#byModule.values()]
      .filter(({ faults }) => faults >= MOST_FAULTS)
      .sort((one, other) => other.at - one.at)
      .slice(0, MOST_SHOWN)
      .map(({ module, jobName, publisher, reason, at }) => ({ module, jobName, publisher, reason, at }));
  }

  /** What a full disk does not take holds until Lull ends. */
  #keep(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#parts.logger.warn('The faults of a module could not be kept', { error: toError(error).message });
    }
  }

  #count(module: BlobHash): number {
    const before = this.#byModule.get(module);
    if (before === undefined) return 0;
    const isRefused = before.faults >= MOST_FAULTS;
    return !isRefused && this.#parts.clock.now() - before.at > FORGOTTEN_AFTER_MS ? 0 : before.faults;
  }
}
