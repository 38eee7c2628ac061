// SPDX-License-Identifier: MIT
import type { networkInterfaces } from 'node:os';

/**
 * Whether this computer has an address that an iPhone or an iPad gives to what it lends its connection:
 * 172.20.10.0/28, always the same one. Such a connection counts as paid by volume.
 */
export const isPhoneAddress = (interfaces: ReturnType<typeof networkInterfaces>): boolean =>
  Object.values(interfaces).some((addresses) =>
    addresses?.some(
      ({ address, netmask, family }) =>
        family === 'IPv4' && address.startsWith('172.20.10.') && netmask === '255.255.255.240',
    ),
  );
