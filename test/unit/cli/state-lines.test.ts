// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { describeReason } from '../../../assets/words/reasons.ts';
import { wordsFor } from '../../../assets/words/words.ts';
import { refusedModuleBy } from '../../../cli/commands/retry.ts';
import { stateLines } from '../../../cli/state-lines.ts';
import type { AgentState } from '../../../protocol/agent-state.ts';
import { PLAIN_STATES, REASON_STATES, REFUSED, slotOf } from '../../support/agent-states.ts';
import { SAMPLE_NOW, sampleState } from '../../support/sample-state.ts';

const words = wordsFor(['en-GB']);
const textOf = (changes: Partial<AgentState>): string =>
  stateLines(sampleState(changes), words, SAMPLE_NOW).join('\n').replaceAll('\u00a0', ' ');

describe('the lines of lull status', () => {
  it('say for every suspend reason what the window says', () => {
    for (const [changes] of Object.values(REASON_STATES).flat()) {
      const state = sampleState(changes);
      const [reason] = state.decision.reasons;
      if (reason === undefined) throw new Error('a state without a reason');
      const said = describeReason(reason, state, words, SAMPLE_NOW).text.replaceAll('\u00a0', ' ');
      expect(textOf(changes)).toContain(said);
    }
  });

  it('say the word for the whole state once', () => {
    const [paused] = REASON_STATES.paused_by_user;
    expect(textOf(paused?.[0] ?? {})).toMatch(/^State {6}Paused by you until you resume\. Resume with/m);
    const [active] = REASON_STATES.user_active;
    expect(textOf(active?.[0] ?? {})).toMatch(/^State {6}Waiting: You were here 12 seconds ago;/m);
  });

  it('say what no suspend reason explains as the window says it', () => {
    for (const [changes, sentence] of PLAIN_STATES) expect(textOf(changes)).toContain(sentence);
  });

  it.each([
    ['consent_needed', 'lull accept'],
    ['paused_by_user', 'lull resume'],
  ] as const)('name the command that helps against %s', (code, command) => {
    for (const [changes] of REASON_STATES[code]) expect(textOf(changes)).toContain(command);
  });

  it('say of a running task how far it is, what it takes, and how much work is at risk', () => {
    const text = textOf({ overall: 'earning', slots: [slotOf('earthquakes', 'science', 12, 640)] });
    expect(text).toMatch(/^Tasks {6}earthquakes, running, 64%$/m);
    expect(text).toContain('1.2bn units of fuel · 6.4 MB of 67.1 MB memory');
    expect(text).toContain('12 seconds of work at risk in a crash; saved just now.');
  });

  it('say of a refused program why, and how it gets another chance', () => {
    const text = textOf({ refusedModules: [REFUSED] });
    expect(text).toContain(
      'Lattice sweep: It failed here three times; the last time: the worker ended with SIGKILL.',
    );
    expect(text).toContain('lull retry bad0c0debad0');
  });

  it('say what keeps tasks apart here, and every problem', () => {
    const text = textOf({ problems: [{ code: 'x', message: 'The disk is full: free some space.', at: 1 }] });
    expect(text).toMatch(/^Sandbox {4}Tasks have no network and no files\.$/m);
    expect(text).toMatch(/^Problems {3}The disk is full: free some space\.$/m);
  });
});

describe('a refused program on the command line', () => {
  const other = { ...REFUSED, module: 'bad0'.padEnd(64, '1') as typeof REFUSED.module };

  it('is found by how its hash begins', () => {
    expect(refusedModuleBy('BAD0C', [other, REFUSED])).toBe(REFUSED);
  });

  it('is not guessed', () => {
    expect(() => refusedModuleBy('bad0', [other, REFUSED])).toThrow(/More than one/);
    expect(() => refusedModuleBy('c0de', [other, REFUSED])).toThrow(/No refused program/);
  });
});
