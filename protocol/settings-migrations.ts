// SPDX-License-Identifier: MIT

type Stored = Readonly<Record<string, unknown>>;

/** The key of a settings file that says which version of the settings it is; version 1 did not say so. */
export const VERSION_KEY = 'settingsVersion';

const without = (stored: Stored, key: string): Stored =>
  Object.fromEntries(Object.entries(stored).filter(([name]) => name !== key));

/**
 * The n-th step leads from version n to n + 1. Steps that were released are never changed: add another. A setting whose
 * meaning changes gets a new name, so that a file which an older Lull has written to since is not taken wrong.
 */
const STEPS: readonly ((stored: Stored) => Stored)[] = [
  // One limit of memory became one for each profile, and running on battery got a charge to stop at.
  (stored) => ({
    ...('memoryPercent' in stored && {
      awayMemoryPercent: stored['memoryPercent'],
      inUseMemoryPercent: stored['memoryPercent'],
    }),
    ...(stored['runOnBattery'] === true && { batteryAbovePercent: 0 }),
    ...without(stored, 'memoryPercent'),
  }),
];

export const SETTINGS_VERSION = STEPS.length + 1;

const versionOf = (stored: Stored): number => {
  const said = stored[VERSION_KEY];
  return typeof said === 'number' && Number.isInteger(said) && said >= 1 ? said : 1;
};

/**
 * Brings stored settings to this version. Those of a newer Lull stay as they are.
 * @returns them with their version, and whether anything was done
 */
export function migrateSettings(stored: Stored): { stored: Stored; migrated: boolean } {
  const found = versionOf(stored);
  if (found >= SETTINGS_VERSION) return { stored, migrated: false };
  const steps = STEPS.slice(found - 1);
  const brought = steps.reduce((settings, step) => step(settings), stored);
  return { stored: { ...brought, [VERSION_KEY]: SETTINGS_VERSION }, migrated: true };
}
