// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import english from '../../../../assets/translations/en.json' with { type: 'json' };
import { defaultsOf, SETTING_SECTIONS, settingDoc, settingKeysIn } from '../../../../protocol/settings.ts';
import { LIMIT_PAGES } from '../../../../renderer/screens/limits/limit-pages.ts';

const keys = Object.keys(defaultsOf());
const has = (key: string): boolean => Object.hasOwn(english, key);

describe('every setting', () => {
  it.each(keys)('has a name and a line of help in words: %s', (key) => {
    expect(has(`setting.${key}`)).toBe(true);
    expect(has(`setting.${key}.hint`)).toBe(true);
  });

  it('stands in a section, and every section on a page of limits or among the settings of the app', () => {
    const onPages = LIMIT_PAGES.flatMap((page) => page.sections);
    expect([...onPages, 'app'].sort()).toEqual([...SETTING_SECTIONS].sort());
    expect(SETTING_SECTIONS.flatMap(settingKeysIn).sort()).toEqual([...keys].sort());
    for (const section of SETTING_SECTIONS) expect(has(`limits.section.${section}`)).toBe(true);
  });

  it('is described to tools in one line too', () => {
    for (const section of SETTING_SECTIONS) {
      for (const key of settingKeysIn(section)) expect(settingDoc(key).doc).toMatch(/^[^\n]+\.$/);
    }
  });
});
