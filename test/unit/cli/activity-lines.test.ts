// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { wordsFor } from '../../../assets/words/words.ts';
import { activityTable, passportLines } from '../../../cli/activity-lines.ts';
import { activityOf, ENDINGS, slotOf } from '../../support/agent-states.ts';
import { samplePassport, sampleState } from '../../support/sample-state.ts';

const words = wordsFor(['en-GB']);
const state = sampleState();
const passportText = (of: Parameters<typeof passportLines>[0]): string =>
  passportLines(of, state, words).join('\n');

describe('the lines of lull activity', () => {
  it('are one an attempt below a heading, with how it ended and its module', () => {
    const [head = '', ...rows] = activityTable(ENDINGS, words);
    expect(head).toMatch(/^Ended .*Job .*Outcome .*Computed .*Module .*Attempt$/);
    expect(rows).toHaveLength(ENDINGS.length);
    expect(rows[0]).toMatch(/earthquakes +Completed +4\.1 seconds +5e11ab1e5e11 +att_ended001$/);
    expect(rows[1]).toMatch(/render +Failed/);
    expect(rows[2]).toMatch(/words +Given back +0\.7 seconds/);
    expect(rows[3]).toMatch(/not recorded +att_ended300$/);
  });

  it('say what helps when nothing has run yet', () => {
    expect(activityTable([], words)).toEqual([
      'Nothing has run here yet. `lull status` says what Lull waits for.',
    ]);
  });
});

describe('a passport on the command line', () => {
  it('says whose program it was and what it took, whole', () => {
    const text = passportText(activityOf(1));
    const { module, publisher } = samplePassport();
    for (const line of [
      `Module          ${module}`,
      `Published by    ${publisher}`,
      'Outcome         Completed',
      'Kind            Stepped module',
      'Fuel            1,450,000,000 units',
      'Memory          6.4 MB at most, of 67.1 MB that it may have',
      'Bytes in        214 kB, of which 9.3 kB came over the network',
      'Bytes out       1.2 kB',
      'Processor time  4.1 seconds',
      'Attempt         att_ended001',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('says why an attempt failed, that one is running, and that one was never recorded', () => {
    const [, failed, , unrecorded] = ENDINGS;
    if (failed === undefined || unrecorded === undefined) throw new Error('too few endings');
    expect(passportText(failed)).toContain('Failed: It used more than the 2000000000 units that it may use.');
    const running = passportText(slotOf('earthquakes', 'science', 12, 640));
    expect(running).toMatch(/^Outcome +Running$/m);
    expect(running).not.toContain('Processor time');
    expect(passportText(unrecorded)).toMatch(/^Module +What this program was is not recorded/m);
  });

  it('says so when the program is the owner’s own', () => {
    const passport = samplePassport({ publisher: state.account });
    expect(passportText(activityOf(1, { passport }))).toContain('You: the account of this device.');
  });
});
