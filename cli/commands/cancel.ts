// SPDX-License-Identifier: MIT
import { createInterface } from 'node:readline/promises';

import type { JobId } from '../../protocol/ids.ts';
import type { CliCommand, CliContext } from '../context.ts';
import { jobArgument } from '../job-argument.ts';
import { connectNetwork, type NetworkOptions, withNetworkOptions } from '../network-connection.ts';
import { creditsForPeople } from '../output.ts';

async function isSure(context: CliContext, question: string): Promise<boolean> {
  if (context.output.json || process.stdin.isTTY !== true || process.stderr.isTTY !== true) return true;
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await ask.question(`${question} [y/N] `)).trim());
  } finally {
    ask.close();
  }
}

export const command: CliCommand = {
  define: (program, run) =>
    withNetworkOptions(program)
      .argument('<id>', 'the job', jobArgument)
      .option('--yes', 'do not ask')
      .action((id: JobId, options: NetworkOptions & { yes?: boolean }) =>
        run(async (context) => {
          const { client, info } = await connectNetwork(context, options);
          const job = await client.call('getJob', { params: { job: id } });
          const paid = creditsForPeople(job.paid, info.practice);
          const question = `Cancel "${job.name}"? ${paid} of it are spent and stay so; the rest comes back.`;
          if (job.state === 'running' && options.yes !== true && !(await isSure(context, question))) {
            return context.output.result(job, ['Not cancelled.']);
          }
          const cancelled = await client.call('cancelJob', { params: { job: id }, body: {} });
          context.output.result(cancelled, [
            `Cancelled. ${creditsForPeople(cancelled.refunded, info.practice)} came back.`,
          ]);
        }),
      ),
};
