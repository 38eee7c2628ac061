// SPDX-License-Identifier: MIT
import type { JobId } from '../../protocol/ids.ts';
import type { CliCommand } from '../context.ts';
import { jobArgument } from '../job-argument.ts';
import { followWithProgress } from '../job-follow.ts';
import { jobLines } from '../job-lines.ts';
import { collectResult, failureOf, writeWhole } from '../job-result.ts';
import { connectNetwork, type NetworkOptions, withNetworkOptions } from '../network-connection.ts';

interface Options extends NetworkOptions {
  readonly follow?: boolean;
  readonly out?: string;
  readonly report?: string;
}

export const command: CliCommand = {
  define: (program, run) =>
    withNetworkOptions(program)
      .argument('<id>', 'the job', jobArgument)
      .option('--follow', 'wait until it has ended')
      .option('--out <file>', 'fetch and merge the outputs of a completed job into this file')
      .option('--report <file>', 'write the report here (needs --out)')
      .action((id: JobId, options: Options) =>
        run(async (context) => {
          const { output, clock } = context;
          const network = await connectNetwork(context, options);
          const now = await network.client.call('getJob', { params: { job: id } });
          const job = options.follow === true ? await followWithProgress(context, network, now) : now;
          const lines = jobLines(job, network.info.practice, clock.now());
          if (options.out === undefined) return output.result(job, lines);
          const report = await collectResult(context, network, job, options.out);
          if (options.report !== undefined) {
            await writeWhole(options.report, `${JSON.stringify(report, undefined, 2)}\n`);
          }
          const failure = failureOf(report);
          if (failure !== undefined) throw failure;
          output.result(report, [...lines, `Written to ${options.out}.`]);
        }),
      ),
};
