// SPDX-License-Identifier: MIT
import type { AgentState } from '../../protocol/agent-state.ts';
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';
import { creditsForPeople, pairs } from '../output.ts';
import { reasonText } from '../reasons.ts';

const OVERALL = {
  earning: 'Earning',
  waiting: 'Waiting',
  paused: 'Paused',
  offline: 'Offline',
  needs_you: 'Needs you',
} as const;

const slotText = ({ jobName, state, progressPermille }: AgentState['slots'][number]): string =>
  `${jobName}, ${state} ${Math.floor(progressPermille / 10)} %`;

function lines(state: AgentState): string[] {
  const { network, earnings, ledger, decision } = state;
  const credits = (micro: string): string => creditsForPeople(micro, network.practice);
  const why = decision.reasons[0];
  const entries: [string, string][] = [
    ['State', why === undefined ? OVERALL[state.overall] : `${OVERALL[state.overall]}: ${reasonText(why)}`],
    [
      'Network',
      `${network.name} (${network.connection})${network.message === undefined ? '' : `: ${network.message}`}`,
    ],
    ...state.slots.map((slot, i): [string, string] => [i === 0 ? 'Tasks' : '', slotText(slot)]),
    ['Today', credits(earnings.today)],
    ['In all', `${credits(earnings.lifetime)}, ${earnings.receipts} receipts`],
    ['Verifying', String(earnings.verifying)],
    ...(earnings.unsent > 0 ? [['Unsent', String(earnings.unsent)] as [string, string]] : []),
    [
      'Ledger',
      ledger.checkedAt === null ? 'not checked yet' : `${ledger.size} entries, verified on this computer`,
    ],
    ...state.problems.map((problem, i): [string, string] => [i === 0 ? 'Problems' : '', problem.message]),
  ];
  return pairs(entries);
}

export const command: CliCommand = {
  define: (program, run) =>
    program.action(() =>
      run(async (context) => {
        const { state } = await withAgent(context, (agent) => agent.send('snapshot', {}));
        context.output.result(state, lines(state));
      }),
    ),
};
