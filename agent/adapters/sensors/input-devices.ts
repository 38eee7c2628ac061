// SPDX-License-Identifier: MIT
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../../../protocol/clock.ts';
import { errnoOf } from '../disk-errors.ts';
import { entriesOf, lineOf } from './sysfs.ts';

/** How often they are looked at, at most, ms. */
const EVERY_MS = 90;
/** How often new devices are looked for, ms. */
const FIND_EVERY_MS = 10_000;
/** Bits of a device's kinds of event: keys and buttons, a mouse's movement, touch and sticks. */
const INPUT_KINDS = 0b1110;
/** The property of a device that only tells how the computer is held. */
const ACCELEROMETER = 1 << 6;

/**
 * Keyboards, mice, touch pads and game pads themselves, where this program may read them (as root, or in the group
 * `input`): then all input at this computer is seen, in whatever session. Nothing of it is looked into.
 */
export class InputDevices {
  readonly #clock: Clock;
  readonly #root: string;
  readonly #buffer = Buffer.alloc(24 * 64);
  /** open devices by name */
  readonly #open = new Map<string, number>();
  #complete = false;
  #foundAt = -Infinity;
  #lookedAt = -Infinity;
  #usedAt: number | undefined;
  #running = false;

  /** @param root of `/dev` and `/sys` */
  constructor(clock: Clock, root: string) {
    this.#clock = clock;
    this.#root = root;
  }

  start(): void {
    this.#running = true;
  }

  stop(): void {
    this.#running = false;
    for (const name of [...this.#open.keys()]) this.#close(name);
    this.#foundAt = -Infinity;
    this.#usedAt = undefined;
  }

  /** s; undefined: not every device may be read, or there is none */
  seconds(): number | undefined {
    if (!this.#running) return undefined;
    const now = this.#clock.monotonic();
    if (now - this.#foundAt >= FIND_EVERY_MS) this.#find(now);
    if (now - this.#lookedAt >= EVERY_MS) this.#look(now);
    return this.#complete && this.#usedAt !== undefined ? (now - this.#usedAt) / 1000 : undefined;
  }

  #find(now: number): void {
    this.#foundAt = now;
    const folder = `${this.#root}/dev/input`;
    const names = entriesOf(folder).filter((name) => /^event\d+$/.test(name) && this.#isInput(name));
    for (const name of this.#open.keys()) if (!names.includes(name)) this.#close(name);
    for (const name of names) {
      if (this.#open.has(name)) continue;
      try {
        this.#open.set(name, openSync(join(folder, name), constants.O_RDONLY | constants.O_NONBLOCK));
      } catch {
        // Not for this user, or just unplugged: then not all input is seen.
      }
    }
    this.#complete = names.length > 0 && this.#open.size === names.length;
    // What was typed before is not known: from now on it is.
    this.#usedAt ??= now;
  }

  /** A lid or a power button is no input of a person at work; a device that does not say what it is counts. */
  #isInput(name: string): boolean {
    const device = `${this.#root}/sys/class/input/${name}/device`;
    if ((Number.parseInt(lineOf(join(device, 'properties')), 16) & ACCELEROMETER) !== 0) return false;
    const kinds = lineOf(join(device, 'capabilities/ev'));
    return kinds === '' || (Number.parseInt(kinds, 16) & INPUT_KINDS) !== 0;
  }

  #look(now: number): void {
    this.#lookedAt = now;
    for (const [name, handle] of this.#open) if (this.#hasNews(name, handle)) this.#usedAt = now;
  }

  #hasNews(name: string, handle: number): boolean {
    let news = false;
    try {
      while (readSync(handle, this.#buffer) > 0) news = true;
    } catch (error) {
      // EAGAIN: that was all. Anything else: it was unplugged.
      if (errnoOf(error) !== 'EAGAIN') this.#close(name);
    }
    return news;
  }

  #close(name: string): void {
    const handle = this.#open.get(name);
    this.#open.delete(name);
    try {
      if (handle !== undefined) closeSync(handle);
    } catch {
      // It is gone either way.
    }
  }
}
