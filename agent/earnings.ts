// SPDX-License-Identifier: MIT
import type { AgentState, ReceiptSummary } from '../protocol/agent-state.ts';
import type { ActivityItem } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import { daysFrom } from './local-days.ts';
import type { AgentStore, LocalTime } from './ports.ts';

/** How many receipts and activity items a state shows. */
const SHOWN = 50;
/** Sums are good for this long, ms: days pass. */
const FRESH_MS = 30_000;

type Sums = Pick<AgentState['earnings'], 'today' | 'last7Days' | 'last30Days' | 'lifetime' | 'receipts'>;

/** What the views show of the store, read again only when it has changed or a day has passed. */
export class Earnings {
  readonly #store: AgentStore;
  readonly #clock: Clock;
  readonly #localTime: LocalTime;
  #sums: { readonly at: number; readonly value: Sums } | undefined;
  #receipts: ReceiptSummary[] | undefined;
  #activity: ActivityItem[] | undefined;

  constructor(store: AgentStore, clock: Clock, localTime: LocalTime) {
    this.#store = store;
    this.#clock = clock;
    this.#localTime = localTime;
  }

  receiptsChanged(): void {
    this.#sums = undefined;
    this.#receipts = undefined;
  }

  activityChanged(): void {
    this.#activity = undefined;
  }

  receipts(): ReceiptSummary[] {
    this.#receipts ??= [...this.#store.receipts(SHOWN)];
    return this.#receipts;
  }

  activity(): ActivityItem[] {
    this.#activity ??= [...this.#store.activity(SHOWN)];
    return this.#activity;
  }

  sums(): Sums {
    const now = this.#clock.now();
    const fresh = this.#sums !== undefined && Math.abs(now - this.#sums.at) < FRESH_MS;
    if (this.#sums === undefined || !fresh) this.#sums = { at: now, value: this.#read(now) };
    return this.#sums.value;
  }

  #read(now: number): Sums {
    const since = (at: number): string => this.#store.earnedSince(at).toString();
    return {
      today: since(daysFrom(this.#localTime, now, 1)),
      last7Days: since(daysFrom(this.#localTime, now, 7)),
      last30Days: since(daysFrom(this.#localTime, now, 30)),
      lifetime: since(0),
      receipts: this.#store.receiptCount(),
    };
  }
}
