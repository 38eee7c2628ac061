// SPDX-License-Identifier: MIT
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';
import { stateLines } from '../state-lines.ts';
import { terminalWords } from '../words.ts';

export const command: CliCommand = {
  define: (program, run) =>
    program.action(() =>
      run(async (context) => {
        const { state } = await withAgent(context, (agent) => agent.send('snapshot', {}));
        context.output.result(state, stateLines(state, terminalWords(), context.clock.now()));
      }),
    ),
};
