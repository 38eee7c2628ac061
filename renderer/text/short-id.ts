// SPDX-License-Identifier: MIT

const SHOWN = 6;

/** Both ends of a long id: enough to tell two apart, not to be copied. */
export const shortId = (id: string): string =>
  id.length <= 2 * SHOWN ? id : `${id.slice(0, SHOWN)}…${id.slice(-SHOWN)}`;
