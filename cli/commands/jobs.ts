// SPDX-License-Identifier: MIT
import type { CliCommand } from '../context.ts';
import { jobsTable } from '../job-lines.ts';
import { connectNetwork, type NetworkOptions, withNetworkOptions } from '../network-connection.ts';

export const command: CliCommand = {
  define: (program, run) =>
    withNetworkOptions(program)
      .option('--limit <n>', 'how many at most, newest first', '50')
      .action((options: NetworkOptions & { limit: string }) =>
        run(async (context) => {
          const { client, info } = await connectNetwork(context, options);
          const { jobs } = await client.call('listJobs', { query: { limit: options.limit } });
          context.output.result(jobs, jobsTable(jobs, info.practice));
        }),
      ),
};
