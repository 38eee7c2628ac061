// SPDX-License-Identifier: MIT
import type { Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { receiptsAfter } from '../sql/receipts.ts';
import { deviceOfSigner } from './signer.ts';

export const receipts =
  ({ store }: Context): Handler<'receipts'> =>
  async (request) =>
    store.read(async (sql) => {
      const device = await deviceOfSigner(sql, request);
      return { receipts: await receiptsAfter(sql, device.id, request.query.after, request.query.limit) };
    });
