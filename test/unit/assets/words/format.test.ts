// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { wordsFor } from '../../../../assets/words/words.ts';
import { SAMPLE_NOW } from '../../../support/sample-state.ts';

const { format } = wordsFor(['en-GB']);
const DAY = 86_400_000;
const plain = (text: string): string => text.replace(/\s/g, ' ');

beforeAll(() => {
  vi.stubEnv('TZ', 'UTC');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('bytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [9344, '9.3 kB'],
    [214_016, '214 kB'],
    [67_108_864, '67.1 MB'],
    [4_294_967_296, '4.3 GB'],
    [3e12, '3,000 GB'],
  ])('are written in the largest unit that leaves at least one: %i', (bytes, text) => {
    expect(plain(format.bytes(bytes))).toBe(text);
  });
});

describe('time that was computed', () => {
  it.each([
    [0, '0 seconds'],
    [420, '0.4 seconds'],
    [9940, '9.9 seconds'],
    [12_900, '12 seconds'],
    [180_000, '3 minutes'],
  ])('is exact to the tenth of a second while it is short: %i ms', (ms, text) => {
    expect(plain(format.computed(ms))).toBe(text);
  });
});

describe('amounts', () => {
  it('are cut, never rounded up, and always have as many decimals', () => {
    expect(format.credits('0')).toBe('0.0000');
    expect(format.credits('1999999')).toBe('1.9999');
    expect(format.credits('99999999')).toBe('99.9999');
    expect(format.credits('1234567899999')).toBe('1,234,567.89');
  });

  it('show no more than what is there, whatever the amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (micro) => {
        const shown = Number(format.credits(micro.toString()).replaceAll(',', ''));
        expect(shown).toBeLessThanOrEqual(Number(micro) / 1e6);
      }),
    );
  });

  it('are exact to the micro-credit in a proof, negative ones too', () => {
    expect(format.exactCredits('-13398')).toBe('-0.013398');
  });
});

describe('times', () => {
  it('count down by the clock and never below zero', () => {
    expect(format.countdown(59_001)).toBe('1:00');
    expect(format.countdown(3_600_000)).toBe('1:00:00');
    expect(format.countdown(3_905_000)).toBe('1:05:05');
    expect(format.countdown(-5)).toBe('0:00');
  });

  it('name the day where it is not today', () => {
    expect(format.moment(SAMPLE_NOW + 3_600_000, SAMPLE_NOW)).toBe('13:00');
    expect(format.moment(SAMPLE_NOW + 20 * 3_600_000, SAMPLE_NOW)).toBe('tomorrow, 08:00');
    expect(format.moment(SAMPLE_NOW + 3 * DAY, SAMPLE_NOW)).toContain('25 Nov 2026');
    expect(format.day(SAMPLE_NOW, SAMPLE_NOW)).toBe('Today');
    expect(format.day(SAMPLE_NOW - DAY, SAMPLE_NOW)).toBe('Yesterday');
    expect(format.day(SAMPLE_NOW - 2 * DAY, SAMPLE_NOW)).toContain('20 November');
  });

  it('are said in their largest unit, cut', () => {
    expect(plain(format.duration(59.9))).toBe('59 seconds');
    expect(plain(format.duration(119))).toBe('1 minute');
    expect(plain(format.duration(7200))).toBe('2 hours');
    expect(plain(format.duration(-3))).toBe('0 seconds');
    expect(format.ago(SAMPLE_NOW - 20_000, SAMPLE_NOW)).toBe('just now');
    expect(format.ago(SAMPLE_NOW - 180_000, SAMPLE_NOW, 'long')).toBe('3 minutes ago');
  });

  it('keep a number and its unit on one line', () => {
    expect(format.duration(300)).not.toContain(' ');
    expect(format.gigabytes(8.24e9)).not.toContain(' ');
  });
});
