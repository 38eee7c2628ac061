// SPDX-License-Identifier: MIT
import { verifyDeviceLink } from '../../protocol/coordinator-api.ts';
import { LullError } from '../../protocol/errors.ts';
import { deviceIdSchema } from '../../protocol/ids.ts';
import { change, type Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { ensureAccount } from '../sql/accounts.ts';
import { findDevice, saveDevice } from '../sql/devices.ts';
import { signerOf } from './signer.ts';

/** Takes a device in under the account that vouches for it; again, it renews what the device says of itself. */
export const register =
  (context: Context): Handler<'register'> =>
  async (request) => {
    const device = deviceIdSchema.parse(signerOf(request));
    const { account, link, name, capabilities } = request.body;
    if (!verifyDeviceLink(device, account, link)) {
      throw new LullError(
        'bad_signature',
        "The account did not sign for this device: sign the link with the account's own key.",
      );
    }
    await change(context, async (sql) => {
      const at = context.clock.now();
      const known = await findDevice(sql, device);
      if (known !== undefined && known.account !== account) {
        throw new LullError(
          'forbidden',
          'This device belongs to another account of this network, and stays with it: ' +
            'register a device with a new key for the other account.',
          { details: { account: known.account } },
        );
      }
      const accountId = await ensureAccount(sql, account, at);
      await saveDevice(sql, { key: device, accountId, name, capabilities }, at);
    });
    return { device, account, leaseMs: context.network.leaseMs };
  };
