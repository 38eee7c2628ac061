// SPDX-License-Identifier: MIT
import type { ActivityItem, SlotState } from '../../protocol/agent-state.ts';
import type { Passport } from '../../protocol/passport.ts';
import type { Words } from './words.ts';

/** A line of a passport as people read it. */
export interface PassportLine {
  readonly name: string;
  readonly value: string;
  /** an id or hash */
  readonly code?: boolean;
}

function bytesIn({ bytesIn: all, bytesFetched: fetched }: Passport, { t, format }: Words): string {
  const key = fetched === 0 ? 'none' : fetched === all ? 'all' : 'fetched';
  return t(`passport.in.${key}`, { all: format.bytes(all), fetched: format.bytes(fetched) });
}

function memory({ peakMemoryBytes, memoryLimitBytes }: Passport, { t, format }: Words): string {
  const limit = format.bytes(memoryLimitBytes);
  return peakMemoryBytes === null
    ? t('passport.memory.unknown', { limit })
    : t('passport.memory.peak', { peak: format.bytes(peakMemoryBytes), limit });
}

/** How much work an interruption would cost now, and why; undefined while there is none to lose. */
export function riskText({ checkpoint }: SlotState, { t, format }: Words, now: number): string | undefined {
  const { atRiskMs, savedAt, refused } = checkpoint;
  if (atRiskMs === 0 && savedAt === null) return undefined;
  const time = format.computed(atRiskMs);
  if (refused !== undefined) return t('risk.refused', { time, why: refused });
  if (savedAt === null) return t('risk.unsaved', { time });
  return t('risk.saved', { time, ago: format.ago(savedAt, now, 'long') });
}

/** How an attempt ended: one word or two, and the reason where there is one. */
export function endingText({ result }: ActivityItem, { t }: Words): { title: string; reason?: string } {
  const title = t(`passport.${result.kind}`);
  switch (result.kind) {
    case 'completed':
      return { title };
    case 'failed':
      return { title, reason: result.message };
    case 'lost':
      return { title, reason: result.reason };
  }
}

/** What a task took of this computer so far, or in all; without a passport, what was always recorded. */
export function usageLines(of: ActivityItem | SlotState, words: Words): PassportLine[] {
  const { t, format } = words;
  const { passport } = of;
  const line = (name: Parameters<typeof t>[0], value: string): PassportLine => ({ name: t(name), value });
  const ended = 'cpuMs' in of;
  return [
    line('passport.fuel', t('passport.fuel.value', { count: Number(of.fuel) })),
    ...(passport === undefined
      ? []
      : [
          line('passport.memory', memory(passport, words)),
          line('passport.in', bytesIn(passport, words)),
          ...(ended ? [line('passport.out', format.bytes(passport.bytesOut))] : []),
        ]),
    ...(ended ? [line('passport.cpu', format.computed(of.cpuMs))] : []),
    ...(passport === undefined ? [] : [line('passport.started', format.exact(passport.startedAt))]),
    ...(ended ? [line('passport.ended', format.exact(of.at))] : []),
    { ...line('passport.attempt', of.attempt), code: true },
  ];
}

/** Fuel and memory in a few words, for a line in a list. */
export function shortUsage({ fuel, passport }: SlotState, { t, format }: Words): string {
  const units = t('usage.fuel', { amount: format.compact(BigInt(fuel)) });
  const { peakMemoryBytes, memoryLimitBytes } = passport;
  const limit = format.bytes(memoryLimitBytes);
  return peakMemoryBytes === null
    ? t('usage.unmeasured', { fuel: units, limit })
    : t('usage.measured', { fuel: units, memory: format.bytes(peakMemoryBytes), limit });
}
