// SPDX-License-Identifier: MIT
import { endingText, usageLines } from '../assets/words/passport.ts';
import type { Words } from '../assets/words/words.ts';
import type { ActivityItem, AgentState, SlotState } from '../protocol/agent-state.ts';
import { moment, pairs, table } from './output.ts';

const LONGEST_NAME = 40;
const shortened = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;

/** What ended on this computer, newest first, one attempt a line. */
export function activityTable(items: readonly ActivityItem[], words: Words): string[] {
  const { format } = words;
  if (items.length === 0) return ['Nothing has run here yet. `lull status` says what Lull waits for.'];
  const rows = items.map((item) => [
    moment(item.at),
    shortened(item.jobName),
    endingText(item, words).title,
    format.computed(item.cpuMs).replaceAll('\u00a0', ' '),
    item.passport === undefined ? 'not recorded' : item.passport.module.slice(0, 12),
    item.attempt,
  ]);
  return table([['Ended', 'Job', 'Outcome', 'Computed', 'Module', 'Attempt'], ...rows], [3]);
}

/** The passport of one attempt, running or ended. */
export function passportLines(
  of: ActivityItem | SlotState,
  { account }: Pick<AgentState, 'account'>,
  words: Words,
): string[] {
  const { t } = words;
  const { passport } = of;
  const ending = 'result' in of ? endingText(of, words) : { title: t(`slot.${of.state}`) };
  const reason = 'reason' in ending ? `: ${ending.reason}` : '';
  const program: [string, string][] =
    passport === undefined
      ? [[t('passport.module'), t('passport.unrecorded')]]
      : [
          [t('passport.module'), passport.module],
          [
            t('passport.publisher'),
            `${passport.publisher}${passport.publisher === account ? ` (${t('passport.publisher.you')})` : ''}`,
          ],
          [t('passport.kind'), t(`passport.kind.${passport.moduleKind}`)],
        ];
  return pairs([
    [t('passport.job'), of.jobName],
    [t('passport.task'), of.task],
    [t('passport.outcome'), `${ending.title}${reason}`],
    ...program,
    ...usageLines(of, words).map(({ name, value }): [string, string] => [name, value]),
  ]).map((line) => line.replaceAll('\u00a0', ' '));
}
