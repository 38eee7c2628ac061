// SPDX-License-Identifier: MIT
import type { PollResponse } from '../../protocol/coordinator-api.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { longestHold } from '../policy/lease.ts';
import { look } from './poll-look.ts';
import { deviceOfSigner } from './signer.ts';

/** How often a held poll looks by itself where other processes change the same database, ms. */
const LOOK_MS = 500;

const hasNews = (answer: PollResponse, receiptsSeen: number): boolean =>
  answer.leases.length > 0 || answer.cancelled.length > 0 || answer.receiptsLatest > receiptsSeen;

/**
 * Work, renewals and cancellations in one. Held until there is news. A caller that hung up meanwhile loses
 * nothing: what it was leased it does not name in its next poll, and gets again.
 */
export const poll =
  (context: Context): Handler<'poll'> =>
  async (request, signal) => {
    const { store, clock, waker, stopping, network } = context;
    const { freeSlots, attempts, receiptsSeen, waitMs } = request.body;
    const device = await store.read((sql) => deviceOfSigner(sql, request));
    using listener = waker.listen(freeSlots > 0 ? ['work', device.id] : [device.id]);
    const ended = AbortSignal.any([signal, stopping]);
    const until = clock.monotonic() + longestHold(waitMs, network.leaseMs, attempts.length > 0);
    for (;;) {
      const answer = await look(context, device, request.body);
      const leftMs = until - clock.monotonic();
      if (hasNews(answer, receiptsSeen) || leftMs <= 0 || ended.aborted) return answer;
      await listener.wait(clock, store.shared ? Math.min(LOOK_MS, leftMs) : leftMs, ended);
      // Nobody listens any more: leases that are given out now would only be late elsewhere.
      if (signal.aborted) return answer;
    }
  };
