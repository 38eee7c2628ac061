// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import english from '../../../../assets/translations/en.json' with { type: 'json' };
import { chooseLocale, translator } from '../../../../assets/words/translate.ts';

const t = translator('en-GB');

describe('translations', () => {
  it('choose the plural by the count and write numbers as the locale does', () => {
    expect(t('earnings.receipts', { count: 1 })).toBe('1 receipt');
    expect(t('earnings.receipts', { count: 1234 })).toBe('1,234 receipts');
  });

  it('leave no placeholder out of a plural form', () => {
    const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    for (const [key, message] of Object.entries(english)) {
      if (typeof message === 'string') continue;
      const allowed = new Set(names(message.other));
      for (const form of Object.values(message)) {
        for (const name of names(form)) expect(allowed.has(name), `${key}: ${name}`).toBe(true);
      }
    }
  });

  it('are whole: no text is empty or has spaces at its ends', () => {
    for (const [key, message] of Object.entries(english)) {
      for (const text of typeof message === 'string' ? [message] : Object.values(message)) {
        expect(text, key).toBe(text.trim());
        expect(text, key).not.toBe('');
      }
    }
  });

  it('follow the first language that Lull speaks, with its region, and else English', () => {
    expect(chooseLocale(['xx', 'en-AU', 'en-US'])).toBe('en-AU');
    expect(chooseLocale(['xx-YY'])).toBe('en');
    expect(chooseLocale([])).toBe('en');
    expect(chooseLocale(['constructor'])).toBe('en');
  });
});
