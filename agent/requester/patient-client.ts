// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { RouteInput, RouteName, RouteOutput } from '../../protocol/coordinator-api.ts';
import { LullError } from '../../protocol/errors.ts';
import type { CoordinatorClient } from '../ports.ts';

const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 10_000;
const GIVE_UP_MS = 10 * 60_000;

const isSilence = (error: unknown): boolean =>
  error instanceof LullError && (error.code === 'unreachable' || error.code === 'shutting_down');

/**
 * The same client, but one that asks again while nobody answers, for ten minutes: a coordinator that is
 * started anew costs a requester nothing. Every route may be asked twice.
 */
export function patientClient(
  client: CoordinatorClient,
  clock: Clock,
  onSilence: () => void = () => undefined,
): CoordinatorClient {
  return {
    url: client.url,
    async call<N extends RouteName>(
      name: N,
      input: RouteInput<N>,
      signal?: AbortSignal,
    ): Promise<RouteOutput<N>> {
      const began = clock.monotonic();
      for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
        try {
          return await client.call(name, input, signal);
        } catch (error) {
          if (!isSilence(error) || signal?.aborted === true || clock.monotonic() - began > GIVE_UP_MS)
            throw error;
          onSilence();
        }
        await sleep(clock, waitMs, signal);
      }
    },
  };
}
