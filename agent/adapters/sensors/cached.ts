// SPDX-License-Identifier: MIT
import type { Clock } from '../../../protocol/clock.ts';
import { toError } from '../../../protocol/errors.ts';

/** A value that is read again only after a while; one that cannot be read is what `failed` makes of it. */
export function cached<T>(
  clock: Clock,
  everyMs: number,
  read: () => T,
  failed: (error: Error) => T,
): () => T {
  let value: T;
  let readAt = -Infinity;
  return () => {
    if (clock.monotonic() - readAt >= everyMs) {
      readAt = clock.monotonic();
      try {
        value = read();
      } catch (error) {
        value = failed(toError(error));
      }
    }
    return value;
  };
}

interface AnswerParts<T> {
  readonly clock: Clock;
  /** how old an answer may be before it is asked for again, ms */
  readonly everyMs: number;
  /** how old an answer may be before it is no answer any more, ms */
  readonly keepMs: number;
  readonly ask: () => Promise<T>;
  readonly failed: (error: Error) => void;
}

/** Whoever could not answer is left alone for so long, ms. */
const RETRY_MS = 30_000;

/** What somebody else has to be asked for: never waited for, one question at a time. */
export class Answer<T> {
  readonly #parts: AnswerParts<T>;
  #last: { readonly value: T; readonly at: number } | undefined;
  #askAt = -Infinity;
  #asking = false;

  constructor(parts: AnswerParts<T>) {
    this.#parts = parts;
  }

  /** The last answer while it is fresh enough; asks anew when it is getting old. */
  get(): T | undefined {
    const { clock, everyMs, keepMs } = this.#parts;
    const now = clock.monotonic();
    if (!this.#asking && now >= this.#askAt) this.#ask(everyMs);
    return this.#last !== undefined && now - this.#last.at <= keepMs ? this.#last.value : undefined;
  }

  #ask(everyMs: number): void {
    const { clock, ask, failed } = this.#parts;
    const at = clock.monotonic();
    this.#asking = true;
    this.#askAt = at + everyMs;
    ask()
      .then(
        (value) => (this.#last = { value, at }),
        (error: unknown) => {
          this.#last = undefined;
          this.#askAt = clock.monotonic() + Math.max(everyMs, RETRY_MS);
          failed(toError(error));
        },
      )
      .finally(() => (this.#asking = false))
      .catch((error: unknown) => failed(toError(error)));
  }
}
