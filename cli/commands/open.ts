// SPDX-License-Identifier: MIT
import { withAgent } from '../agent-connection.ts';
import { openBrowser } from '../browser.ts';
import type { CliCommand } from '../context.ts';

export const command: CliCommand = {
  define: (program, run) =>
    program.option('--no-open', 'only print the address').action(({ open }: { open: boolean }) =>
      run(async (context) => {
        const { url } = await withAgent(context, (agent) => agent.host('openUrl'));
        if (url !== null && open && !context.output.json) await openBrowser(url);
        context.output.result({ url }, [url ?? 'The window is open.']);
      }),
    ),
};
