// SPDX-License-Identifier: MIT
import { uptime } from 'node:os';

import type { Signals } from '../../../protocol/signals.ts';
import { Answer } from './cached.ts';
import { runCommand } from './command.ts';
import { lineHelper } from './line-helper.ts';
import { programName } from './programs.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';
import {
  signalsMore,
  signalsNow,
  tasklistNames,
  windowsMoreSchema,
  windowsNowSchema,
} from './windows-answers.ts';
import { WINDOWS_SCRIPT } from './windows-script.ts';

const POWERSHELL = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', WINDOWS_SCRIPT] as const;

/** How often the agent looks at most: it hears of an input at the next of its looks. */
const PRESENT_MS = 90;
const DESKTOP_MS = 5000;
const MORE_MS = 10_000;
/** Starting PowerShell takes seconds on a slow computer. */
const KEEP_MS = 5000;
const STUCK_MS = 30_000;
const PROGRAMS_MS = 5000;

/**
 * Windows by one PowerShell that lives as long as these sensors do and is asked only while somebody reads. Heat is
 * unknown: Windows tells it to administrators only.
 */
export function windowsSensors(parts: SensorParts): SensorPart {
  const { clock, logger, run = runCommand, desktop = false, startHelper } = parts;
  const helper = lineHelper('powershell.exe', POWERSHELL, startHelper);
  let runs = false;
  const failed = (what: string) => (error: Error) => {
    if (runs) logger.warn('A sensor failed', { what, error: error.message });
  };
  let askedAt: number | undefined;
  // Both questions go to the same helper, one after the other.
  let turn: Promise<unknown> = Promise.resolve();
  const askNow = async (question: string): Promise<string> => {
    askedAt = clock.monotonic();
    try {
      return await helper.ask(question);
    } finally {
      askedAt = undefined;
    }
  };
  const ask = async (question: string): Promise<unknown> => {
    const answer = turn.then(() => askNow(question));
    turn = answer.catch(() => undefined);
    return JSON.parse(await answer);
  };
  const endWhenStuck = (): void => {
    if (askedAt !== undefined && clock.monotonic() - askedAt > STUCK_MS) helper.stop();
  };
  const answering = (
    what: string,
    everyMs: number,
    read: () => Promise<Partial<Signals>>,
  ): (() => Partial<Signals>) => {
    const answer = new Answer({ clock, everyMs, keepMs: everyMs + KEEP_MS, ask: read, failed: failed(what) });
    return () => answer.get() ?? {};
  };
  const now = answering('presence and power', desktop ? DESKTOP_MS : PRESENT_MS, async () =>
    signalsNow(windowsNowSchema.parse(await ask('now')), desktop),
  );
  const more = answering('calls and network', MORE_MS, async () =>
    signalsMore(windowsMoreSchema.parse(await ask('more')), clock.now() - uptime() * 1000),
  );
  const programs = new Answer<readonly string[]>({
    clock,
    everyMs: PROGRAMS_MS,
    keepMs: 4 * PROGRAMS_MS,
    ask: async () => {
      const names = tasklistNames(await run('tasklist', ['/fo', 'csv', '/nh']));
      return [...new Set(names.map(programName))].sort();
    },
    failed: failed('programs'),
  });
  return {
    read: () => {
      // Before the start and after the end nobody is asked.
      if (!runs) return {};
      endWhenStuck();
      return { ...now(), ...more() };
    },
    programs: () => (runs ? (programs.get() ?? null) : null),
    start: () => {
      runs = true;
      return Promise.resolve();
    },
    stop: () => {
      runs = false;
      helper.stop();
      return Promise.resolve();
    },
  };
}
