// SPDX-License-Identifier: MIT
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';

export const command: CliCommand = {
  define: (program, run) =>
    program
      .addHelpText(
        'after',
        '\nTasks are WebAssembly programs in a sandbox: no network, no files, nothing of yours; within the limits of your settings.',
      )
      .action(() =>
        run(async (context) => {
          await withAgent(context, (agent) => agent.send('acceptConsent', {}));
          context.output.result({ consent: 'given' }, [
            'Agreed. This computer earns from now on, within its limits.',
          ]);
        }),
      ),
};
