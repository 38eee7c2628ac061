// SPDX-License-Identifier: MIT

/** No module may have names that begin like this: it would have been rewritten already. */
export const METER_PREFIX = 'lull:';

/** Exports that the meter adds. */
export const METER_EXPORT = {
  fuel: 'lull:fuel',
  depth: 'lull:depth',
  slow: 'lull:slow',
  pause: 'lull:pause',
  start: 'lull:start',
} as const;

/** The custom section that tells by which meter a module was rewritten. */
export const METER_SECTION = 'lull:meter';
