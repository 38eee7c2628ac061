// SPDX-License-Identifier: MIT
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';

export const command: CliCommand = {
  define: (program, run) =>
    program.option('--gpu', 'only end the pause of GPU work').action(({ gpu = false }: { gpu?: boolean }) =>
      run(async (context) => {
        await withAgent(context, (agent) => agent.send('resume', { of: gpu ? 'gpu' : 'all' }));
        context.output.result({ paused: null }, [gpu ? 'GPU work may go on.' : 'Resumed.']);
      }),
    ),
};
