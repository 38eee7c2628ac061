// SPDX-License-Identifier: MIT
import english from '../translations/en.json' with { type: 'json' };

/** One text per plural category of the language; `other` is always there. */
type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

export type MessageKey = keyof typeof english;

/** A language: every key of the English file. A missing one does not compile. */
export type Messages = Readonly<Record<MessageKey, string | Plural>>;

export type Params = Readonly<Record<string, string | number>>;

/** The text of a key; `{name}` is replaced by the parameter, and `count` chooses the plural. */
export type Translate = (key: MessageKey, params?: Params) => string;

/** Every language there is, by its BCP 47 tag. Another one is a file and a line here. */
const LANGUAGES = { en: english } as const satisfies Record<string, Messages>;
type Language = keyof typeof LANGUAGES;

const baseOf = (tag: string): string => tag.toLowerCase().split('-')[0] ?? tag;

/**
 * The person's first language that Lull speaks, with its region: numbers and dates follow it, so that one page
 * never mixes two languages.
 */
export function chooseLocale(wanted: readonly string[]): string {
  const known = wanted.find((tag) => Object.hasOwn(LANGUAGES, baseOf(tag)));
  return known ?? 'en';
}

export function translator(locale: string): Translate {
  const messages: Messages = LANGUAGES[baseOf(locale) as Language] ?? english;
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (key, params = {}) => {
    const message = messages[key];
    const text =
      typeof message === 'string'
        ? message
        : (message[plurals.select(Number(params['count'] ?? 0))] ?? message.other);
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? numbers.format(value) : value;
    });
  };
}
