// SPDX-License-Identifier: MIT
import { statSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../../../protocol/clock.ts';
import { lineOf, namesIn } from './sysfs.ts';

/** How often terminals are looked at, at most, ms. */
const EVERY_MS = 90;
/** How often new ones are looked for, and those are looked at again at which nobody can type now, ms. */
const ALL_EVERY_MS = 5000;

/** When a terminal was last typed at, ms since the epoch; undefined when it has gone away meanwhile. */
function usedAt(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.atimeMs;
  } catch {
    // One that may not be looked at says nothing about input.
    return undefined;
  }
}

/**
 * When somebody last typed at a terminal of this computer, be it the console or over SSH. The kernel keeps that time in
 * steps of 8 s.
 */
export class Terminals {
  readonly #clock: Clock;
  readonly #dev: string;
  readonly #front: string;
  /** paths of those at which somebody may type now: of the virtual consoles, only the one in front gets keys */
  #live: readonly string[] = [];
  #foundAt = -Infinity;
  #lookedAt = -Infinity;
  #lastUse: number | undefined;

  /** @param root of `/dev` and `/sys` */
  constructor(clock: Clock, root: string) {
    this.#clock = clock;
    this.#dev = `${root}/dev`;
    this.#front = `${root}/sys/class/tty/tty0/active`;
  }

  /** s; undefined where there is no terminal */
  seconds(): number | undefined {
    const now = this.#clock.monotonic();
    if (now - this.#foundAt >= ALL_EVERY_MS) this.#find(now);
    else if (now - this.#lookedAt >= EVERY_MS) this.#look(now, this.#live);
    return this.#lastUse === undefined ? undefined : Math.max(0, (this.#clock.now() - this.#lastUse) / 1000);
  }

  #find(now: number): void {
    this.#foundAt = now;
    const terminals = namesIn(this.#dev).filter((name) => /^tty([1-9]\d*|[A-Za-z]+\d+)$/.test(name));
    const front = lineOf(this.#front);
    const live = terminals.filter((name) => front === '' || name === front || !/^tty\d+$/.test(name));
    this.#live = live.map((name) => join(this.#dev, name));
    this.#lastUse = undefined;
    this.#look(
      now,
      terminals.map((name) => join(this.#dev, name)),
    );
  }

  #look(now: number, terminals: readonly string[]): void {
    this.#lookedAt = now;
    // Somebody may have come over SSH meanwhile.
    const pseudo = namesIn(`${this.#dev}/pts`).filter((name) => /^\d+$/.test(name));
    for (const path of [...terminals, ...pseudo.map((name) => `${this.#dev}/pts/${name}`)]) {
      const at = usedAt(path);
      if (at !== undefined && at > (this.#lastUse ?? -Infinity)) this.#lastUse = at;
    }
  }
}
