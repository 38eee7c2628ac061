// SPDX-License-Identifier: MIT
import { z } from 'zod';

/** How a setting is described to people and to tools; the key's default is its schema's default. */
interface SettingDoc {
  readonly doc: string;
  readonly unit?: string;
}

const settingDocs = z.registry<SettingDoc>();

const setting = <S extends z.ZodType>(schema: S, doc: SettingDoc): S => {
  settingDocs.add(schema as z.ZodType, doc);
  return schema;
};

const percent = (fallback: number): z.ZodDefault<z.ZodInt> => z.int().min(0).max(100).default(fallback);

/**
 * Every setting: default, range, unit and one line that says what it does. A key that does not parse falls
 * back alone to its default (`readSettings`).
 */
export const settingsShape = {
  consentGivenAt: setting(z.int().nonnegative().nullable().default(null), {
    doc: 'When the owner agreed to run tasks; nothing runs before.',
    unit: 'ms since the epoch',
  }),
  awayCpuPercent: setting(percent(50), {
    doc: 'Share of all processor time that tasks may use while the owner is away: a hard cap.',
    unit: '%',
  }),
  inUseCpuPercent: setting(percent(0), {
    doc: 'Share of all processor time that tasks may use while the computer is in use; 0 stops them.',
    unit: '%',
  }),
  idleMinutes: setting(z.int().min(1).max(240).default(5), {
    doc: 'Minutes without input after which the owner counts as away.',
    unit: 'min',
  }),
  runOnBattery: setting(z.boolean().default(false), { doc: 'Run while on battery power.' }),
  memoryPercent: setting(z.int().min(1).max(90).default(25), {
    doc: 'Share of the memory that tasks may use together.',
    unit: '%',
  }),
  diskGigabytes: setting(z.number().min(0.1).max(1000).default(5), {
    doc: 'Room for downloaded modules and inputs.',
    unit: 'GB',
  }),
  keepFreeGigabytes: setting(z.number().min(0).max(10_000).default(10), {
    doc: 'Nothing is downloaded while less than this is free on the disk.',
    unit: 'GB',
  }),
  theme: setting(z.enum(['system', 'light', 'dark']).default('system'), { doc: 'Colours of the window.' }),
  pausedUntil: setting(z.union([z.int().nonnegative(), z.literal('resumed'), z.null()]).default(null), {
    doc: 'Paused by the owner until then, or until resumed; null: not paused.',
    unit: 'ms since the epoch',
  }),
} as const;

export const settingsSchema = z.strictObject(settingsShape);
export type Settings = z.output<typeof settingsSchema>;
export type SettingKey = keyof Settings;

/** Consent and pause have intents of their own. */
const NOT_PATCHED = ['consentGivenAt', 'pausedUntil'] as const satisfies readonly SettingKey[];

type PatchShape = {
  [K in Exclude<SettingKey, (typeof NOT_PATCHED)[number]>]: z.ZodOptional<
    ReturnType<(typeof settingsShape)[K]['unwrap']>
  >;
};

// Not `.partial()`: a default inside an optional would fill in every setting that the patch does not name.
const patchShape = Object.fromEntries(
  Object.entries(settingsShape)
    .filter(([key]) => !NOT_PATCHED.some((name) => name === key))
    .map(([key, schema]) => [key, schema.unwrap().optional()]),
) as PatchShape;

/** What a view may change; a setting that is not named stays as it is. */
export const settingsPatchSchema = z.strictObject(patchShape);

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});

/**
 * Reads settings from disk or import: a bad or missing key falls back to its default alone.
 * @returns the settings and the keys that were bad (missing ones are not bad).
 */
export function readSettings(stored: unknown): { settings: Settings; bad: SettingKey[] } {
  const source = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const bad: SettingKey[] = [];
  const entries = Object.entries(settingsShape).map(([key, schema]) => {
    const parsed = schema.safeParse(source[key]);
    if (parsed.success) return [key, parsed.data];
    bad.push(key as SettingKey);
    return [key, DEFAULT_SETTINGS[key as SettingKey]];
  });
  return { settings: settingsSchema.parse(Object.fromEntries(entries)), bad };
}

/** The line of documentation of a setting, and its unit. */
export const settingDoc = (key: SettingKey): SettingDoc =>
  settingDocs.get(settingsShape[key] as z.ZodType) ?? { doc: '' };
