// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import { activityTable, passportLines } from '../activity-lines.ts';
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';
import { terminalWords } from '../words.ts';

export const command: CliCommand = {
  define: (program, run) =>
    program
      .argument('[attempt]', 'one attempt: show its passport (whose program it was and what it took)')
      .action((wanted: string | undefined) =>
        run(async (context) => {
          const { state } = await withAgent(context, (agent) => agent.send('snapshot', {}));
          const { output } = context;
          const words = terminalWords();
          if (wanted === undefined)
            return output.result(state.activity, activityTable(state.activity, words));
          const found = [...state.activity, ...state.slots].find(({ attempt }) => attempt === wanted);
          if (found === undefined) {
            throw new LullError(
              'unknown_attempt',
              `This computer shows no attempt ${wanted}: see the newest with \`lull activity\`.`,
            );
          }
          output.result(found, passportLines(found, state, words));
        }),
      ),
};
