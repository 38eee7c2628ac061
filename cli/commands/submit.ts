// SPDX-License-Identifier: MIT
import { InvalidArgumentError } from 'commander';

import { type PreparedJob, readJob } from '../../agent/requester/job-reader.ts';
import { submitJob } from '../../agent/requester/submit.ts';
import { tryModule } from '../../agent/requester/trial.ts';
import { LullError } from '../../protocol/errors.ts';
import type { CliCommand } from '../context.ts';
import { followWithProgress } from '../job-follow.ts';
import { bar } from '../job-progress.ts';
import { collectResult, failureOf, writeWhole } from '../job-result.ts';
import {
  connectNetwork,
  type NetworkConnection,
  type NetworkOptions,
  withNetworkOptions,
} from '../network-connection.ts';
import { byteSize, creditsForPeople, duration } from '../output.ts';
import { withWorkers } from '../workers.ts';

interface Options extends NetworkOptions {
  readonly out?: string;
  readonly report?: string;
  readonly detach?: boolean;
  readonly quorum?: number;
}

function quorumOption(text: string): number {
  const quorum = Number(text);
  if (Number.isInteger(quorum) && quorum >= 1 && quorum <= 7) return quorum;
  throw new InvalidArgumentError('Write a whole number from 1 to 7.');
}

function withQuorum(job: PreparedJob, quorum: number | undefined): PreparedJob {
  return quorum === undefined ? job : { ...job, submission: { ...job.submission, quorum } };
}

function refuseWhatCannotEnd(job: PreparedJob, network: NetworkConnection): void {
  const { quorum } = job.submission;
  if (!network.isThisComputer || quorum === 1) return;
  throw new LullError(
    'invalid_job',
    `This job asks for ${quorum} agreeing results, but the network of this computer has one device. Add --quorum 1, or name a larger network with --network URL.`,
  );
}

export const command: CliCommand = {
  define: (program, run) =>
    withNetworkOptions(program)
      .argument('<job.json>', 'the job: module, inputs, quorum, price, deadline, merge')
      .option('--out <file>', 'where the merged output goes (default: "output" of the job, in this folder)')
      .option('--report <file>', 'where the report goes (default: beside the output, ending in .report.json)')
      .option('--quorum <n>', 'how many results must agree, instead of what the job says', quorumOption)
      .option('--detach', 'submit and return at once')
      .action((file: string, options: Options) =>
        run(async (context) => {
          const { output } = context;
          const job = withQuorum(await readJob(file), options.quorum);
          const network = await connectNetwork(context, options);
          refuseWhatCannotEnd(job, network);
          const notes = await withWorkers(context, (pool) => tryModule(pool, job));
          for (const note of notes) output.note(note);
          const submitted = await submitJob(network.client, job, {
            onUpload: (sent, total) =>
              output.transient(
                `${bar(sent / Math.max(total, 1))} ${byteSize(sent)} of ${byteSize(total)} uploaded`,
              ),
          });
          output.endTransient();
          const { practice } = network.info;
          if (options.detach === true) {
            return output.result(submitted, [submitted.id]);
          }
          const status = await followWithProgress(
            context,
            network,
            submitted,
            `${submitted.id}: ${submitted.tasks.total} tasks, at most ${creditsForPeople(submitted.escrowed, practice)}.`,
          );
          const out = options.out ?? job.output;
          const report = await collectResult(context, network, status, out);
          const reportFile = options.report ?? `${out}.report.json`;
          await writeWhole(reportFile, `${JSON.stringify(report, undefined, 2)}\n`);
          const failure = failureOf(report);
          if (failure !== undefined) throw failure;
          output.result(report, [
            `${out}: ${byteSize(report.output?.bytes ?? 0)}, after ${duration(report.durationMs ?? 0)}`,
            `Paid ${creditsForPeople(status.paid, practice)}, given back ${creditsForPeople(status.refunded, practice)}.`,
            `Report: ${reportFile}`,
          ]);
        }),
      ),
};
