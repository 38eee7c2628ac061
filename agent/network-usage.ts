// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Settings } from '../protocol/settings.ts';
import type { AgentStore, LocalTime, Traffic, TrafficBytes } from './ports.ts';
import { RateLimit } from './rate-limit.ts';

/** So much may be forgotten by a crash: writing down each poll would cost more than it is worth. */
const FORGETTABLE_BYTES = 1_000_000;
const FORGETTABLE_MS = 60_000;

interface NetworkUsageParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly localTime: LocalTime;
  readonly store: AgentStore;
  readonly settings: () => Pick<Settings, 'networkKilobytesPerSecond'>;
}

/** What this device sends and receives: counted for each local day, and slowed down to what the owner allows. */
export class NetworkUsage implements Traffic {
  readonly #parts: NetworkUsageParts;
  readonly #limit: RateLimit;
  #day: number;
  /** of the day, as it is in the store */
  #kept: TrafficBytes;
  #sent = 0;
  #received = 0;
  #keptAt: number;

  constructor(parts: NetworkUsageParts) {
    this.#parts = parts;
    const { clock, localTime, store, settings } = parts;
    this.#limit = new RateLimit(clock, () => settings().networkKilobytesPerSecond * 1000);
    this.#day = localTime.startOfDay(clock.now());
    this.#kept = store.trafficOf(this.#day);
    this.#keptAt = clock.monotonic();
  }

  counted({ sent, received }: TrafficBytes): void {
    this.#enterDay();
    this.#sent += sent;
    this.#received += received;
    const isOld = this.#parts.clock.monotonic() - this.#keptAt >= FORGETTABLE_MS;
    if (isOld || this.#sent + this.#received >= FORGETTABLE_BYTES) this.keep();
  }

  async paced(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#limit.take(bytes, signal);
  }

  /** Sent and received since local midnight, bytes. */
  get today(): number {
    this.#enterDay();
    return this.#kept.sent + this.#kept.received + this.#sent + this.#received;
  }

  /** Writes down what is not written yet; on a full disk that waits. */
  keep(): void {
    const { clock, store, logger } = this.#parts;
    this.#keptAt = clock.monotonic();
    if (this.#sent + this.#received === 0) return;
    try {
      store.addTraffic(this.#day, { sent: this.#sent, received: this.#received });
    } catch (error) {
      logger.warn('The bytes sent could not be written down yet', { error: toError(error).message });
      return;
    }
    this.#kept = { sent: this.#kept.sent + this.#sent, received: this.#kept.received + this.#received };
    this.#sent = 0;
    this.#received = 0;
  }

  #enterDay(): void {
    const { clock, localTime, store } = this.#parts;
    const day = localTime.startOfDay(clock.now());
    if (day === this.#day) return;
    this.keep();
    this.#day = day;
    this.#kept = store.trafficOf(day);
    this.#sent = 0;
    this.#received = 0;
  }
}
