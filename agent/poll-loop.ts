// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';
import type { PollRequest, PollResponse } from '../protocol/coordinator-api.ts';
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { NetworkSession } from './network-session.ts';
import { backOffMs, NETWORK_BACK_OFF } from './policy/back-off.ts';

/** The longest that one poll may be held, ms. */
const LONGEST_WAIT_MS = 20_000;
/** The shortest time between two polls that brought nothing to do, ms. */
const SHORTEST_ROUND_MS = 250;

/** Nobody polls while it is not allowed: `refresh` says when it is again, and this is for the case that nobody does, ms. */
const LOOK_AGAIN_MS = 60_000;

interface PollParts {
  readonly session: NetworkSession;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** whether the network may be spoken to now */
  readonly allowed: () => boolean;
  readonly freeSlots: () => number;
  readonly holding: () => Pick<PollRequest, 'attempts' | 'receiptsSeen'>;
  readonly answered: (answer: PollResponse, asked: PollRequest) => void;
}

/**
 * Keeps one long poll at the coordinator: work, leases, cancellations and receipts all come this way. A poll
 * that asks for the wrong number of tasks is dropped and asked anew.
 */
export class PollLoop {
  readonly #parts: PollParts;
  #round = new AbortController();
  #asking: string | undefined;
  /** the network has said that it has no work, so the next poll may be held */
  #knownIdle = false;

  constructor(parts: PollParts) {
    this.#parts = parts;
  }

  /** Something changed that the poll under way does not know. */
  refresh(): void {
    if (this.#asking !== this.#question()) this.#round.abort();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, random, allowed } = this.#parts;
    const stop = (): void => this.#round.abort();
    signal.addEventListener('abort', stop, { once: true });
    let failures = 0;
    while (!signal.aborted) {
      const round = new AbortController();
      this.#round = round;
      this.#asking = this.#question();
      if (!allowed()) {
        await sleep(clock, LOOK_AGAIN_MS, round.signal);
        continue;
      }
      try {
        await this.#poll(this.#parts.freeSlots(), round.signal);
        failures = 0;
      } catch (error) {
        if (round.signal.aborted) continue;
        failures += 1;
        logger.debug('A poll failed', { failures, error: toError(error).message });
        await sleep(clock, backOffMs(NETWORK_BACK_OFF, failures, random()), signal);
      }
    }
  }

  /** What a poll rests on. */
  #question(): string {
    const { allowed, freeSlots } = this.#parts;
    return allowed() ? `${freeSlots()} tasks` : 'not now';
  }

  async #poll(freeSlots: number, signal: AbortSignal): Promise<void> {
    const { session, clock, holding, answered } = this.#parts;
    const wantsWork = freeSlots > 0;
    // The first question is not held, so that "nothing to do" is known, and said, at once.
    const waitMs =
      wantsWork && !this.#knownIdle ? 0 : Math.min(LONGEST_WAIT_MS, Math.floor(session.leaseMs / 3));
    const asked: PollRequest = { freeSlots, ...holding(), waitMs };
    const startedAt = clock.monotonic();
    const answer = await session.call('poll', { body: asked }, signal);
    if (wantsWork) this.#knownIdle = answer.leases.length === 0;
    answered(answer, asked);
    const brought = answer.leases.length > 0 || answer.cancelled.length > 0;
    const restMs = startedAt + SHORTEST_ROUND_MS - clock.monotonic();
    if (!brought && waitMs > 0 && restMs > 0) await sleep(clock, restMs, signal);
  }
}
