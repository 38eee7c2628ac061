// SPDX-License-Identifier: MIT
import { type Words, wordsFor } from '../assets/words/words.ts';

/** The words of the window, for a terminal: the same sentences, in the user's own way of writing numbers and times. */
export const terminalWords = (): Words => wordsFor([Intl.DateTimeFormat().resolvedOptions().locale]);
