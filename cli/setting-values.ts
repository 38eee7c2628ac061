// SPDX-License-Identifier: MIT
import { LullError } from '../protocol/errors.ts';
import { presetOf, PRESETS } from '../protocol/presets.ts';
import {
  DEFAULT_SETTINGS,
  type PatchKey,
  SETTING_SECTIONS,
  settingDoc,
  settingKeysIn,
  type Settings,
  type SettingsPatch,
  settingsPatchSchema,
} from '../protocol/settings.ts';
import { table } from './output.ts';

/** What people write where JSON would be true, false or null. */
const SPOKEN: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['on', true],
  ['yes', true],
  ['off', false],
  ['no', false],
  ['none', null],
]);

const allKeys = (): PatchKey[] => SETTING_SECTIONS.flatMap(settingKeysIn);

/** @throws {LullError} `not_found` */
export function settingKey(name: string): PatchKey {
  const found = allKeys().find((key) => key.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const near = allKeys().filter((key) => key.toLowerCase().includes(name.toLowerCase()));
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '`lull settings` lists them all.';
  throw new LullError('not_found', `There is no setting ${name}. ${hint}`);
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Then it is the text itself.
    return text;
  }
}

/**
 * The change that sets one setting to what was written: JSON, a plain text, or a word for yes, no and nothing.
 * @throws {LullError} `invalid_request` with what the setting takes
 */
export function patchOf(key: PatchKey, text: string): SettingsPatch {
  const spoken = SPOKEN.get(text.toLowerCase());
  const candidates = [asJson(text), text, ...(spoken === undefined ? [] : [spoken])];
  for (const value of candidates) {
    const parsed = settingsPatchSchema.safeParse({ [key]: value });
    if (parsed.success) return parsed.data;
  }
  const refused = settingsPatchSchema.safeParse({ [key]: candidates[0] });
  const why = refused.error?.issues[0]?.message ?? 'it is not valid';
  const { doc, unit } = settingDoc(key);
  const of = unit === undefined ? '' : ` (${unit})`;
  throw new LullError('invalid_request', `${key}${of} does not take ${text}: ${why}. ${doc}`);
}

/** @throws {LullError} `not_found` */
export function presetPatch(name: string): SettingsPatch {
  const preset = Object.entries(PRESETS).find(([one]) => one === name.toLowerCase())?.[1];
  if (preset !== undefined) return { ...preset };
  throw new LullError('not_found', `There is no preset ${name}: choose ${Object.keys(PRESETS).join(', ')}.`);
}

/** One value as it could be written on the command line. */
export function valueText(key: PatchKey, settings: Settings): string {
  const value = settings[key];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const { unit } = settingDoc(key);
  return unit === undefined || value === null ? text : `${text} ${unit}`;
}

/** All settings for people: those that are not at their default have a star. */
export function settingLines(settings: Settings): string[] {
  const isDefault = (key: PatchKey): boolean =>
    JSON.stringify(settings[key]) === JSON.stringify(DEFAULT_SETTINGS[key]);
  const sections = SETTING_SECTIONS.map((section) => {
    const rows = settingKeysIn(section).map((key) => [
      `  ${key}`,
      `${isDefault(key) ? ' ' : '*'} ${valueText(key, settings)}`,
      settingDoc(key).doc,
    ]);
    return [section, ...table(rows)];
  });
  return [
    `Preset: ${presetOf(settings)}. A star marks what is not at its default.`,
    ...sections.flatMap((lines) => ['', ...lines]),
  ];
}
