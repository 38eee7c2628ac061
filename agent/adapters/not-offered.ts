// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { Autostart, KeepAwake } from '../ports.ts';

/** Where a host knows no way to start with the user's session. */
export const NO_AUTOSTART: Autostart = {
  enabled: () => Promise.resolve(null),
  set: () =>
    Promise.reject(
      new LullError(
        'internal',
        'Lull knows no way to start by itself on this system: have the system run "lull agent --no-open" when you log in.',
      ),
    ),
};

/** Where a host knows no way to keep the computer awake. */
export const NO_KEEP_AWAKE: KeepAwake = { set: () => false };
