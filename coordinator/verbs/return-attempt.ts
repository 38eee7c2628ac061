// SPDX-License-Identifier: MIT
import { change, type Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { endAttempt } from './end-attempt.ts';
import { ownAttempt } from './own-attempt.ts';
import { deviceOfSigner } from './signer.ts';

/** Takes an attempt back. Done already, or ended otherwise: nothing is left to do, and that is fine. */
export const returnAttempt =
  (context: Context): Handler<'returnAttempt'> =>
  async (request) => {
    const { reason, message } = request.body;
    await change(context, async (sql, after) => {
      const device = await deviceOfSigner(sql, request);
      const attempt = await ownAttempt(sql, request.params.attempt, device.id);
      const end = {
        state: 'returned',
        isFault: reason === 'failed_here',
        message: `${reason}: ${message}`,
      } as const;
      await endAttempt(context, sql, attempt, end, () => true, context.clock.now(), after);
    });
    return {};
  };
