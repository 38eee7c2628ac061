// SPDX-License-Identifier: MIT
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';

export const command: CliCommand = {
  define: (program, run) =>
    program.action(() =>
      run(async (context) => {
        await withAgent(context, (agent) => agent.send('resume', {}));
        context.output.result({ paused: null }, ['Resumed.']);
      }),
    ),
};
