// SPDX-License-Identifier: MIT
import { Argument } from 'commander';

import type { PauseFor } from '../../protocol/bridge.ts';
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';

const CHOICES: Readonly<Record<string, { readonly for: PauseFor; readonly text: string }>> = {
  '15m': { for: '15m', text: 'Paused for 15 minutes.' },
  '1h': { for: '1h', text: 'Paused for an hour.' },
  tomorrow: { for: 'tomorrow', text: 'Paused until tomorrow at 8:00.' },
  'until-resumed': { for: 'until_resumed', text: 'Paused until you resume it with `lull resume`.' },
};

export const command: CliCommand = {
  define: (program, run) =>
    program
      .addArgument(
        new Argument('[how-long]', 'for how long').choices(Object.keys(CHOICES)).default('until-resumed'),
      )
      .option('--gpu', 'only GPU work; everything else goes on')
      .addHelpText('after', '\nA pause goes on when Lull or the computer is started again.')
      .action((howLong: string, { gpu = false }: { gpu?: boolean }) =>
        run(async (context) => {
          const choice = CHOICES[howLong];
          if (choice === undefined) return;
          const of = gpu ? 'gpu' : 'all';
          await withAgent(context, (agent) => agent.send('pause', { for: choice.for, of }));
          context.output.result({ paused: choice.for, of }, [gpu ? `GPU work: ${choice.text}` : choice.text]);
        }),
      ),
};
