// SPDX-License-Identifier: MIT
import { wordsFor } from '../../assets/words/words.ts';

/** The words of this page, chosen once when it opens. */
export const { locale, t, format } = wordsFor(navigator.languages);
