// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { Autostart, KeepAwake } from './ports.ts';
import type { Problems } from './problems.ts';

const AUTOSTART = 'autostart';
const KEEP_AWAKE = 'keep_awake';

interface HostServicesParts {
  readonly autostart: Autostart;
  readonly keepAwake: KeepAwake;
  readonly clock: Clock;
  readonly problems: Problems;
}

/** What the owner wants of the computer besides its processor: to start Lull at login, and to stay awake. */
export class HostServices {
  readonly #parts: HostServicesParts;

  constructor(parts: HostServicesParts) {
    this.#parts = parts;
  }

  /** What was set up before is set up again: the program may have moved. */
  async refreshAutostart(): Promise<void> {
    const { autostart, problems, clock } = this.#parts;
    try {
      await autostart.set(true);
    } catch (error) {
      problems.raise(
        AUTOSTART,
        `Lull may not start by itself at your next login: ${toError(error).message}`,
        clock.now(),
      );
    }
  }

  /** @throws {LullError} a sentence that says what to do */
  async startAtLogin(wanted: boolean): Promise<void> {
    await this.#parts.autostart.set(wanted);
    this.#parts.problems.clear(AUTOSTART);
  }

  /** To be called at every decision. */
  keepAwake(wanted: boolean): void {
    const { keepAwake, problems, clock } = this.#parts;
    const holds = keepAwake.set(wanted);
    if (!wanted || holds) return problems.clear(KEEP_AWAKE);
    problems.raise(
      KEEP_AWAKE,
      'This system does not let Lull keep the computer awake, so it may go to sleep while it works: change how it sleeps ' +
        'in the settings of the system, or turn "keep awake" off here.',
      clock.now(),
    );
  }

  stop(): void {
    this.#parts.keepAwake.set(false);
  }
}
