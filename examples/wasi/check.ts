// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Check, wrong } from '../check.ts';

const WORD = /[A-Za-z\u00c0-\u027f](?:'(?=[A-Za-z])|[A-Za-z\u00c0-\u027f])*/g;
const ABBREVIATION = /\b(mr|mrs|dr|st|capt|messrs)\./gi;
const SENTENCE_END = /[.!?]+["')\]\u2019\u201d]*(?=\s|$)/;

interface Counted {
  readonly word: string;
  readonly count: number;
}

interface Report {
  readonly paragraphs: number;
  readonly sentences: number;
  readonly words: number;
  readonly distinctWords: number;
  readonly wordsUsedOnce: number;
  readonly sentenceLength: { mean: number; median: number; longest: number };
  readonly readingEase: number;
  readonly diversityByWindow: Record<string, number>;
  readonly topWords: Counted[];
  readonly topCommonWords: Counted[];
}

const wordsOf = (text: string): string[] => (text.match(WORD) ?? []).map((word) => word.toLowerCase());

const syllablesOf = (word: string): number => {
  const groups = word.match(/[aeiouy]+/g)?.length ?? 0;
  const silent = word.length > 2 && /[^aeiouyl]e$/.test(word) && groups > 1;
  return Math.max(1, groups - (silent ? 1 : 0));
};

const top = (
  counts: ReadonlyMap<string, number>,
  among: (word: string) => boolean,
  most: number,
): Counted[] =>
  [...counts]
    .filter(([word]) => among(word))
    .sort(([x, n], [y, m]) => m - n || (x < y ? -1 : 1))
    .slice(0, most)
    .map(([word, count]) => ({ word, count }));

/** The moving-average type/token ratio of one window, straight from its definition. */
const diversity = (parts: readonly string[][], window: number): number => {
  let sum = 0;
  let windows = 0;
  for (const words of parts) {
    for (let start = 0; start + window <= words.length; start++) {
      sum += new Set(words.slice(start, start + window)).size / window;
      windows++;
    }
  }
  return sum / windows;
};

const parse = (merged: Uint8Array): Report | undefined => {
  try {
    return JSON.parse(Buffer.from(merged).toString()) as Report;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** Counts the whole novel again, in another language and in one piece. */
export const check: Check = async (merged, { folder }) => {
  const text = await readFile(join(folder, 'moby-dick.txt'), 'utf8');
  const job = JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')) as {
    tasks: { split: { lines: number } };
  };
  const common = new Set((await readFile(join(folder, 'common-words.txt'), 'utf8')).split('\n'));
  const report = parse(merged);
  if (!report) return wrong('it is no JSON');

  const paragraphs = text.split('\n').filter((line) => line !== '');
  const lengths = paragraphs
    .flatMap((paragraph) => paragraph.replace(ABBREVIATION, '$1 ').split(SENTENCE_END))
    .map((sentence) => wordsOf(sentence).length)
    .filter((length) => length > 0)
    .sort((x, y) => x - y);
  const words = wordsOf(text);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const parts: string[][] = [];
  const { lines } = job.tasks.split;
  for (let i = 0; i < paragraphs.length; i += lines)
    parts.push(wordsOf(paragraphs.slice(i, i + lines).join('\n')));

  const perSentence = words.length / lengths.length;
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0) / words.length;
  const own: Report = {
    paragraphs: paragraphs.length,
    sentences: lengths.length,
    words: words.length,
    distinctWords: counts.size,
    wordsUsedOnce: [...counts.values()].filter((count) => count === 1).length,
    sentenceLength: {
      mean: Number(perSentence.toFixed(4)),
      median: lengths[Math.ceil(lengths.length / 2) - 1] ?? NaN,
      longest: Math.min(lengths.at(-1) ?? NaN, 511),
    },
    readingEase: Number((206.835 - 1.015 * perSentence - 84.6 * syllables).toFixed(2)),
    diversityByWindow: { '100': Number(diversity(parts, 100).toFixed(5)) },
    topWords: top(counts, (word) => !common.has(word), report.topWords.length),
    topCommonWords: top(counts, (word) => common.has(word), report.topCommonWords.length),
  };
  const figures = {
    words: own.words,
    distinctWords: own.distinctWords,
    sentences: own.sentences,
    readingEase: own.readingEase,
  };
  for (const key of Object.keys(own) as (keyof Report)[]) {
    const theirs = key === 'diversityByWindow' ? { '100': report.diversityByWindow['100'] } : report[key];
    if (JSON.stringify(theirs) !== JSON.stringify(own[key])) {
      return wrong(
        `${key} is ${JSON.stringify(theirs)}, counted again it is ${JSON.stringify(own[key])}`,
        figures,
      );
    }
  }
  if (report.topWords.length === 0) return wrong('it names no words', figures);
  return {
    ok: true,
    summary: `${own.words} words, ${own.distinctWords} of them different; the first is "${report.topWords[0]?.word}".`,
    figures,
  };
};
