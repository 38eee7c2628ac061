// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';
import { type ErrorCode, LullError, toError } from '../protocol/errors.ts';
import type { AttemptId } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Gate } from './gate.ts';
import type { NetworkSession } from './network-session.ts';
import { backOffMs, NETWORK_BACK_OFF } from './policy/back-off.ts';
import type { AgentStore, OutboxItem } from './ports.ts';

/** The network has said its last word about a result: sending it again would change nothing. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'lease_expired',
  'not_the_holder',
  'job_ended',
  'already_reported',
  'unknown_attempt',
  'invalid_request',
  'forbidden',
  'too_large',
]);

interface SenderParts {
  readonly session: NetworkSession;
  readonly store: AgentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** whether the network may be spoken to now */
  readonly allowed: () => boolean;
  /** open while results may be sent */
  readonly gate: Gate;
  /** an item has left the outbox */
  readonly sent: () => void;
}

/** Sends what is in the outbox, oldest first; an item leaves it only when the network has taken or refused it. */
export class OutboxSender {
  readonly #parts: SenderParts;
  #wake: AbortController = new AbortController();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** There is something new to send, or a new reason to try. */
  kick(): void {
    this.#wake.abort();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, allowed, gate } = this.#parts;
    const stop = (): void => this.kick();
    signal.addEventListener('abort', stop, { once: true });
    let failures = 0;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const may = allowed() && gate.isOpen;
      const left = may ? await this.#sendAll(AbortSignal.any([signal, gate.closing])) : 0;
      failures = left > 0 ? failures + 1 : 0;
      const waitMs = left > 0 ? backOffMs(NETWORK_BACK_OFF, failures, random()) : NETWORK_BACK_OFF.mostMs;
      await sleep(clock, waitMs, this.#wake.signal);
    }
  }

  /** @returns how many could not be sent */
  async #sendAll(signal: AbortSignal): Promise<number> {
    const { store, logger } = this.#parts;
    let left = 0;
    for (const attempt of store.outboxAttempts()) {
      if (signal.aborted) return left;
      const item = store.outboxItem(attempt);
      if (item === undefined) continue;
      try {
        await this.#send(item, signal);
      } catch (error) {
        if (signal.aborted) return left;
        if (error instanceof LullError && FINAL.has(error.code)) this.#lose(item, error.message);
        else {
          logger.warn('A result could not be sent yet', { attempt, error: toError(error).message });
          left += 1;
          if (error instanceof LullError && error.code === 'unreachable') return left;
        }
      }
    }
    return left;
  }

  async #send(item: OutboxItem, signal: AbortSignal): Promise<void> {
    const { session, logger } = this.#parts;
    const { hash } = item.report.statement.output;
    await session.call('putBlob', { params: { hash }, body: item.output }, signal);
    const answer = await session.call('report', { body: item.report }, signal);
    if (answer.state === 'refused') {
      this.#lose(item, 'The network did not accept this result: other devices agreed on a different one.');
      return;
    }
    logger.info('A result was taken', { attempt: item.attempt, state: answer.state });
    this.#remove(item.attempt);
  }

  #lose(item: OutboxItem, reason: string): void {
    const { store, clock, logger } = this.#parts;
    const { attempt, jobName, report } = item;
    logger.warn('A result was refused for good', { attempt, reason });
    // Its activity may have been dropped meanwhile: many others have ended since.
    const known = store.activityOf(attempt) ?? {
      attempt,
      task: report.statement.task,
      jobName,
      fuel: report.statement.fuel,
      cpuMs: report.cpuMs,
    };
    store.addActivity({ ...known, at: clock.now(), result: { kind: 'lost', reason } });
    this.#remove(attempt);
  }

  #remove(attempt: AttemptId): void {
    this.#parts.store.removeFromOutbox(attempt);
    this.#parts.sent();
  }
}
