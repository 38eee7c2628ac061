// SPDX-License-Identifier: MIT
import { Format } from './format.ts';
import { chooseLocale, type Translate, translator } from './translate.ts';

/** A language with its numbers and dates. */
export interface Words {
  readonly locale: string;
  readonly t: Translate;
  readonly format: Format;
}

/** @param wanted the person's languages, best first, as BCP 47 tags */
export function wordsFor(wanted: readonly string[]): Words {
  const locale = chooseLocale(wanted);
  const t = translator(locale);
  return { locale, t, format: new Format(locale, t) };
}
