// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { LullError } from './errors.ts';
import { migrateSettings, SETTINGS_VERSION, VERSION_KEY } from './settings-migrations.ts';

/** Where people find a setting. */
export const SETTING_SECTIONS = [
  'cpu',
  'gpu',
  'memory',
  'when',
  'power',
  'programs',
  'schedule',
  'electricity',
  'network',
  'disk',
  'app',
] as const;
export const settingSectionSchema = z.enum(SETTING_SECTIONS);
export type SettingSection = z.infer<typeof settingSectionSchema>;

/** How a setting is described to people and to tools; the key's default is its schema's default. */
interface SettingDoc {
  /** `none`: it is changed by an intent of its own */
  readonly section: SettingSection | 'none';
  readonly doc: string;
  readonly unit?: string;
}

const settingDocs = z.registry<SettingDoc>();

const setting = <S extends z.ZodType>(schema: S, doc: SettingDoc): S => {
  settingDocs.add(schema as z.ZodType, doc);
  return schema;
};

const percent = (fallback: number): z.ZodDefault<z.ZodInt> => z.int().min(0).max(100).default(fallback);
const threads = (): z.ZodDefault<z.ZodNullable<z.ZodInt>> =>
  z.int().min(1).max(1024).nullable().default(null);
const moment = z.union([z.int().nonnegative(), z.literal('resumed'), z.null()]).default(null);
const price = z.number().min(0).max(1_000_000);

/** A day of the week grid: 24 hours of local time, from midnight; `1`: may run. */
const gridDaySchema = z.string().regex(/^[01]{24}$/);
const WHOLE_DAY = '1'.repeat(24);

/** A time of day on the local clock. */
const timeOfDaySchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);

/** Hours in which electricity has a price of its own. `to` at or before `from` reaches into the next day. */
export const tariffWindowSchema = z.strictObject({
  /** on which days it begins: 1 is Monday, 7 is Sunday */
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
  from: timeOfDaySchema,
  to: timeOfDaySchema,
  /** in the owner's currency */
  pricePerKwh: price,
});
export type TariffWindow = z.infer<typeof tariffWindowSchema>;

/**
 * Every setting: default, range, unit and one line that says what it does. A key that does not parse falls
 * back alone to its default (`readSettings`).
 */
export const settingsShape = {
  consentGivenAt: setting(z.int().nonnegative().nullable().default(null), {
    section: 'none',
    doc: 'When the owner agreed to run tasks; nothing runs before.',
    unit: 'ms since the epoch',
  }),
  awayCpuPercent: setting(percent(50), {
    section: 'cpu',
    doc: 'Share of all processor time that tasks may use while the owner is away: a hard cap.',
    unit: '%',
  }),
  inUseCpuPercent: setting(percent(0), {
    section: 'cpu',
    doc: 'Share of all processor time that tasks may use while the computer is in use; 0 stops them.',
    unit: '%',
  }),
  awayThreads: setting(threads(), {
    section: 'cpu',
    doc: 'Most tasks that run at a time while the owner is away; null: as many as the processor limit needs.',
  }),
  inUseThreads: setting(threads(), {
    section: 'cpu',
    doc: 'Most tasks that run at a time while the computer is in use; null: as many as the limit needs.',
  }),
  awayGpuPercent: setting(percent(50), {
    section: 'gpu',
    doc: 'Share of the time that tasks may use the graphics processor while the owner is away.',
    unit: '%',
  }),
  inUseGpuPercent: setting(percent(0), {
    section: 'gpu',
    doc: 'Share of the time that tasks may use the graphics processor while the computer is in use.',
    unit: '%',
  }),
  awayMemoryPercent: setting(z.int().min(1).max(90).default(25), {
    section: 'memory',
    doc: 'Share of the memory that tasks may use together while the owner is away.',
    unit: '%',
  }),
  inUseMemoryPercent: setting(z.int().min(1).max(90).default(25), {
    section: 'memory',
    doc: 'Share of the memory that tasks may take up while the computer is in use; what is parked keeps its own.',
    unit: '%',
  }),
  keepFreeMemoryGigabytes: setting(z.number().min(0).max(1000).default(1), {
    section: 'memory',
    doc: 'Work stops and gives its memory back while less than this is free.',
    unit: 'GB',
  }),
  idleMinutes: setting(z.number().min(0.1).max(240).default(5), {
    section: 'when',
    doc: 'Minutes without input after which the owner counts as away.',
    unit: 'min',
  }),
  runWhenLocked: setting(z.boolean().default(true), {
    section: 'when',
    doc: 'A locked screen counts as away at once.',
  }),
  runOnBattery: setting(z.boolean().default(false), { section: 'power', doc: 'Run while on battery power.' }),
  batteryAbovePercent: setting(percent(50), {
    section: 'power',
    doc: 'Where running on battery is allowed: only while the battery has more than this.',
    unit: '%',
  }),
  runOnPowerSaver: setting(z.boolean().default(false), {
    section: 'power',
    doc: 'Run while the system is asked to save power.',
  }),
  stopWhenHot: setting(z.boolean().default(true), {
    section: 'power',
    doc: 'Do half when the computer is warm, and nothing when it is hot or slowed down for heat.',
  }),
  keepAwake: setting(z.boolean().default(false), {
    section: 'power',
    doc: 'Keep the computer from sleeping while it works; never on battery.',
  }),
  busyPercent: setting(percent(40), {
    section: 'programs',
    doc: 'Stop while other programs use more than this share of all processor time; 100 never stops.',
    unit: '%',
  }),
  stopOnFullScreen: setting(z.boolean().default(true), {
    section: 'programs',
    doc: 'Stop while a program fills the screen.',
  }),
  stopOnPresentation: setting(z.boolean().default(true), {
    section: 'programs',
    doc: 'Stop during presentations and films.',
  }),
  stopOnCall: setting(z.boolean().default(true), {
    section: 'programs',
    doc: 'Stop while a microphone or a camera is in use.',
  }),
  exclusiveApps: setting(z.array(z.string().min(1).max(200)).max(100).default([]), {
    section: 'programs',
    doc: 'Names of programs that have the computer for themselves: nothing else runs while one of them does.',
  }),
  schedule: setting(z.array(gridDaySchema).length(7).default(Array<string>(7).fill(WHOLE_DAY)), {
    section: 'schedule',
    doc: 'When it may run: for each day from Monday, one digit per hour of local time, 1 or 0.',
  }),
  currency: setting(
    z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default('EUR'),
    { section: 'electricity', doc: 'Currency of the prices below, as in ISO 4217.' },
  ),
  pricePerKwh: setting(price.nullable().default(null), {
    section: 'electricity',
    doc: 'What electricity costs outside the tariff windows; null: not known.',
    unit: 'currency per kWh',
  }),
  tariffWindows: setting(z.array(tariffWindowSchema).max(50).default([]), {
    section: 'electricity',
    doc: 'Hours in which electricity has another price; the first that fits counts.',
  }),
  mostPricePerKwh: setting(price.nullable().default(null), {
    section: 'electricity',
    doc: 'Run only while electricity costs at most this; null: whatever it costs.',
    unit: 'currency per kWh',
  }),
  creditPrice: setting(price.nullable().default(null), {
    section: 'electricity',
    doc: 'What one credit is worth to the owner, for comparing earnings with electricity; null: not known.',
    unit: 'currency per credit',
  }),
  neverAtALoss: setting(z.boolean().default(false), {
    section: 'electricity',
    doc: 'Run only while what is earned is worth more than the electricity it takes.',
  }),
  carbonGramsPerKwh: setting(z.number().min(0).max(2000).default(473), {
    section: 'electricity',
    doc: 'CO₂ per kWh of electricity; the default is the world average of 2024 (Ember, Global Electricity Review 2025).',
    unit: 'g/kWh',
  }),
  cpuWatts: setting(z.number().min(1).max(2000).nullable().default(null), {
    section: 'electricity',
    doc: 'Rated power of the processor, where it cannot be measured; null: estimated.',
    unit: 'W',
  }),
  runOnMetered: setting(z.boolean().default(false), {
    section: 'network',
    doc: 'Fetch work on connections that are paid by volume.',
  }),
  networkKilobytesPerSecond: setting(z.int().min(10).max(1_000_000).default(1000), {
    section: 'network',
    doc: 'Most that is sent and received per second.',
    unit: 'kB/s',
  }),
  networkGigabytesPerDay: setting(z.number().min(0.01).max(10_000).default(2), {
    section: 'network',
    doc: 'Most that is sent and received in a day.',
    unit: 'GB',
  }),
  diskGigabytes: setting(z.number().min(0.1).max(1000).default(5), {
    section: 'disk',
    doc: 'Room for downloaded modules and inputs.',
    unit: 'GB',
  }),
  keepFreeGigabytes: setting(z.number().min(0).max(10_000).default(10), {
    section: 'disk',
    doc: 'Nothing is downloaded while less than this is free on the disk.',
    unit: 'GB',
  }),
  startAtLogin: setting(z.boolean().default(false), {
    section: 'app',
    doc: 'Start Lull when you log in.',
  }),
  theme: setting(z.enum(['system', 'light', 'dark']).default('system'), {
    section: 'app',
    doc: 'Colours of the window.',
  }),
  pausedUntil: setting(moment, {
    section: 'none',
    doc: 'Paused by the owner until then, or until resumed; null: not paused.',
    unit: 'ms since the epoch',
  }),
  gpuPausedUntil: setting(moment, {
    section: 'none',
    doc: 'GPU work is paused by the owner until then, or until resumed; null: not paused.',
    unit: 'ms since the epoch',
  }),
} as const;

export const settingsSchema = z.strictObject(settingsShape);
export type Settings = z.output<typeof settingsSchema>;
export type SettingKey = keyof Settings;

/** Consent and pauses have intents of their own. */
const NOT_PATCHED = [
  'consentGivenAt',
  'pausedUntil',
  'gpuPausedUntil',
] as const satisfies readonly SettingKey[];

/** A setting that a view may change. */
export type PatchKey = Exclude<SettingKey, (typeof NOT_PATCHED)[number]>;

type PatchShape = {
  [K in PatchKey]: z.ZodOptional<ReturnType<(typeof settingsShape)[K]['unwrap']>>;
};

// Not `.partial()`: a default inside an optional would fill in every setting that the patch does not name.
const patchShape = Object.fromEntries(
  Object.entries(settingsShape)
    .filter(([key]) => !NOT_PATCHED.some((name) => name === key))
    .map(([key, schema]) => [key, schema.unwrap().optional()]),
) as PatchShape;

/** What a view may change; a setting that is not named stays as it is. */
export const settingsPatchSchema = z.strictObject(patchShape);
export type SettingsPatch = z.output<typeof settingsPatchSchema>;

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});

const isKnown = (key: string): key is SettingKey => Object.hasOwn(settingsShape, key);
const isPatchKey = (key: string): key is PatchKey =>
  isKnown(key) && !NOT_PATCHED.some((name) => name === key);

/** What a view may change, in the order in which people read it. */
const patchKeys = Object.keys(settingsShape).filter(isPatchKey);

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/**
 * Reads settings from disk, of any version: a bad or missing key falls back to its default alone.
 * @returns the settings and the keys that were bad (missing ones are not bad).
 */
export function readSettings(stored: unknown): { settings: Settings; bad: SettingKey[] } {
  const { stored: source } = migrateSettings(asRecord(stored));
  const bad: SettingKey[] = [];
  const entries = Object.entries(settingsShape).map(([key, schema]) => {
    const parsed = schema.safeParse(source[key]);
    if (parsed.success) return [key, parsed.data];
    if (isKnown(key)) bad.push(key);
    return [key, DEFAULT_SETTINGS[key as SettingKey]];
  });
  return { settings: settingsSchema.parse(Object.fromEntries(entries)), bad };
}

/** The settings as a text to keep; consent and pauses are nothing to carry over. */
export function writeSettingsText(settings: Settings): string {
  const kept = patchKeys.map((key) => [key, settings[key]]);
  return `${JSON.stringify({ [VERSION_KEY]: SETTINGS_VERSION, ...Object.fromEntries(kept) }, undefined, 2)}\n`;
}

/**
 * Reads such a text, of any version.
 * @returns what it changes, and the keys that cannot be read or that this version does not know
 * @throws {LullError} `invalid_request` for what is no text of settings
 */
export function readSettingsText(text: string): { patch: SettingsPatch; bad: string[] } {
  const { stored } = migrateSettings(recordOf(text));
  const patch: Record<string, unknown> = {};
  const bad: string[] = [];
  for (const [key, value] of Object.entries(stored)) {
    if (key === VERSION_KEY || NOT_PATCHED.some((name) => name === key)) continue;
    const parsed = isPatchKey(key) ? settingsShape[key].safeParse(value) : undefined;
    if (parsed?.success === true && value !== undefined) patch[key] = parsed.data;
    else bad.push(key);
  }
  return { patch: settingsPatchSchema.parse(patch), bad };
}

function recordOf(text: string): Readonly<Record<string, unknown>> {
  const refuse = (cause?: unknown): never => {
    throw new LullError(
      'invalid_request',
      'These are no settings of Lull: choose a file that `lull settings export` or the window has written.',
      { cause },
    );
  };
  try {
    const value: unknown = JSON.parse(text);
    const record = asRecord(value);
    return Object.keys(record).length === 0 ? refuse() : record;
  } catch (error) {
    return error instanceof LullError ? refuse() : refuse(error);
  }
}

/** The defaults of a section, or of all that a view may change. */
export function defaultsOf(section?: SettingSection): SettingsPatch {
  const keys = section === undefined ? patchKeys : settingKeysIn(section);
  return settingsPatchSchema.parse(Object.fromEntries(keys.map((key) => [key, DEFAULT_SETTINGS[key]])));
}

/** The settings of a section, in the order in which people read them. */
export const settingKeysIn = (section: SettingSection): PatchKey[] =>
  patchKeys.filter((key) => settingDoc(key).section === section);

/** The line of documentation of a setting, its section and its unit. */
export const settingDoc = (key: SettingKey): SettingDoc =>
  settingDocs.get(settingsShape[key] as z.ZodType) ?? { section: 'none', doc: '' };
