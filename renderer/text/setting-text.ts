// SPDX-License-Identifier: MIT
import type { MessageKey } from '../../assets/words/translate.ts';
import { type PatchKey, settingDoc, type Settings } from '../../protocol/settings.ts';
import { format, t } from './page-words.ts';

/** How a number is read, by the unit that its setting declares. */
const BY_UNIT: Readonly<Record<string, (value: number, currency: string) => string>> = {
  '%': (value) => format.percent(value),
  min: (value) => format.duration(value * 60),
  GB: (value) => format.gigabytes(value * 1e9),
  W: (value) => format.watts(value),
  'kB/s': (value) => t('value.rate', { size: format.bytes(value * 1000) }),
  'g/kWh': (value) => t('value.carbon', { mass: format.grams(value) }),
  'currency per kWh': (value, currency) => t('value.price', { price: format.money(value, currency) }),
  'currency per credit': (value, currency) =>
    t('value.credit_price', { price: format.money(value, currency) }),
};

/** What is no number, or no plain one. */
const BY_KEY: { readonly [K in PatchKey]?: (value: Settings[K]) => string } = {
  theme: (value) => t(`theme.${value}`),
  exclusiveApps: (value) => (value.length === 0 ? t('value.none') : value.join(', ')),
  tariffWindows: (value) => t('value.windows', { count: value.length }),
};

export const settingLabel = (key: PatchKey): MessageKey => `setting.${key}`;
export const settingHint = (key: PatchKey): MessageKey => `setting.${key}.hint`;

/** The value of a setting as people read it. @param settings those it belongs to: a price is in their currency */
export function settingValue<K extends PatchKey>(key: K, value: Settings[K], { currency }: Settings): string {
  const own = BY_KEY[key];
  if (own !== undefined) return own(value);
  if (typeof value === 'boolean') return t(value ? 'value.on' : 'value.off');
  if (typeof value === 'number') {
    return BY_UNIT[settingDoc(key).unit ?? '']?.(value, currency) ?? format.number(value);
  }
  return typeof value === 'string' ? value : t('value.none');
}

const UNITS: Readonly<Record<string, (currency: string) => string>> = {
  'currency per kWh': (currency) => t('value.price', { price: currency }),
  'currency per credit': (currency) => t('value.credit_price', { price: currency }),
};

/** What is counted, as it stands behind a number that is written. */
export function unitText(key: PatchKey, { currency }: Settings): string {
  const unit = settingDoc(key).unit ?? '';
  return UNITS[unit]?.(currency) ?? unit;
}
