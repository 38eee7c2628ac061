// SPDX-License-Identifier: MIT
import { InvalidArgumentError, Option } from 'commander';

import { LullError } from '../../protocol/errors.ts';
import { activityTable, passportLines } from '../activity-lines.ts';
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';
import { terminalWords } from '../words.ts';

/** How many the agent keeps. */
const MOST_KEPT = 1000;

function limitArgument(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_KEPT) return limit;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_KEPT}: no more are kept.`);
}

export const command: CliCommand = {
  define: (program, run) =>
    program
      .argument('[attempt]', 'one attempt: show its passport (whose program it was and what it took)')
      .addOption(
        new Option('--limit <n>', 'how many at most, newest first').default(50).argParser(limitArgument),
      )
      .action((wanted: string | undefined, { limit }: { limit: number }) =>
        run(async (context) => {
          const { state, items } = await withAgent(context, async (agent) => ({
            ...(await agent.send('snapshot', {})),
            ...(await agent.send('activity', { limit: wanted === undefined ? limit : MOST_KEPT })),
          }));
          const { output } = context;
          const words = terminalWords();
          if (wanted === undefined) return output.result(items, activityTable(items, words));
          const found = [...items, ...state.slots].find(({ attempt }) => attempt === wanted);
          if (found === undefined) {
            throw new LullError(
              'unknown_attempt',
              `This computer knows no attempt ${wanted}: list them with \`lull activity\`.`,
            );
          }
          output.result(found, passportLines(found, state, words));
        }),
      ),
};
