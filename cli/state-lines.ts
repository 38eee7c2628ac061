// SPDX-License-Identifier: MIT
import { describeEnergySum, describeMethod } from '../assets/words/energy.ts';
import { riskText, shortUsage } from '../assets/words/passport.ts';
import { describeSignals } from '../assets/words/signals.ts';
import { statusOf } from '../assets/words/status.ts';
import type { Words } from '../assets/words/words.ts';
import type { AgentState, SlotState } from '../protocol/agent-state.ts';
import type { SuspendCode } from '../protocol/suspend-reasons.ts';
import { creditsForPeople, pairs } from './output.ts';

/** What the owner can do about a reason from here; the window has buttons for it. */
const COMMANDS: Partial<Record<SuspendCode, string>> = {
  consent_needed: 'Agree with `lull accept`.',
  paused_by_user: 'Resume with `lull resume`.',
};

/** Enough of a hash to tell programs apart, and for `lull retry`. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

function overallLine(state: AgentState, words: Words, now: number): string {
  const { title, text } = statusOf(state, words, now);
  const code = state.decision.reasons[0]?.code;
  const command = code === undefined ? undefined : COMMANDS[code];
  // Some sentences begin with the word for the whole state.
  const said = text.startsWith(title) ? text : `${title}: ${text}`;
  return [said, ...(command === undefined ? [] : [command])].join(' ');
}

function slotLines(slot: SlotState, words: Words, now: number): string[] {
  const { t, format } = words;
  const percent = format.percent(Math.floor(slot.progressPermille / 10));
  const risk = riskText(slot, words, now);
  return [
    `${slot.jobName}, ${t(`slot.${slot.state}`).toLowerCase()}, ${percent}`,
    `  ${shortUsage(slot, words)}`,
    ...(risk === undefined ? [] : [`  ${risk}`]),
  ];
}

function electricityLine(state: AgentState, words: Words): string {
  const { energy } = state;
  const { used, cost, net } = describeEnergySum(energy.today, state, words);
  const told = [used, ...(cost === undefined ? [] : [cost]), ...(net === undefined ? [] : [`${net} net`])];
  return `${told.join(', ')} today. ${describeMethod(energy, words)}`;
}

/** What is seen, and for what cannot be seen what that means. */
function sensorLines(state: AgentState, words: Words): string[] {
  const [known, unknown] = [true, false].map((is) =>
    describeSignals(state, words).filter((signal) => signal.known === is),
  );
  return [
    ...(known ?? []).map(({ label, value }) => `${label}: ${value}`),
    ...(unknown ?? []).map(({ label, value, meaning }) => `${label}: ${value}. ${meaning ?? ''}`.trim()),
  ];
}

/** Lines below one label. */
const block = (label: string, lines: readonly string[]): [string, string][] =>
  lines.map((line, i) => [i === 0 ? label : '', line]);

/** The agent's state, for people. @param now ms since the epoch */
export function stateLines(state: AgentState, words: Words, now: number): string[] {
  const { t, format } = words;
  const { network, earnings, ledger } = state;
  const credits = (micro: string): string => creditsForPeople(micro, network.practice);
  const refused = state.refusedModules.map(
    ({ jobName, reason, module }) =>
      `${jobName}: ${t('refused.reason', { reason: reason.replace(/\.$/, '') })} Try again with \`lull retry ${shortHash(module)}\`.`,
  );
  return pairs([
    ['State', overallLine(state, words, now)],
    [
      'Network',
      `${network.name} (${network.connection})${network.message === undefined ? '' : `: ${network.message}`}`,
    ],
    ...block(
      'Tasks',
      state.slots.flatMap((slot) => slotLines(slot, words, now)),
    ),
    ...block('Refused', refused),
    ['Today', credits(earnings.today)],
    ['In all', `${credits(earnings.lifetime)}, ${t('earnings.receipts', { count: earnings.receipts })}`],
    ['Energy', electricityLine(state, words)],
    ['Verifying', format.number(earnings.verifying)],
    ...(earnings.unsent > 0 ? block('Unsent', [format.number(earnings.unsent)]) : []),
    [
      'Ledger',
      ledger.checkedAt === null ? 'not checked yet' : `${ledger.size} entries, verified on this computer`,
    ],
    ...block('Sensors', sensorLines(state, words)),
    ['Sandbox', state.sandbox.message],
    ...block(
      'Problems',
      state.problems.map(({ message }) => message),
    ),
  ]);
}
