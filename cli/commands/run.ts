// SPDX-License-Identifier: MIT
import { availableParallelism } from 'node:os';

import { InvalidArgumentError } from 'commander';

import { timeLeft } from '../../agent/requester/follow.ts';
import { readJob } from '../../agent/requester/job-reader.ts';
import { runLocally } from '../../agent/requester/local-run.ts';
import { tryModule } from '../../agent/requester/trial.ts';
import { LullError } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import { type CliCommand, ExitCode } from '../context.ts';
import { onInterrupt } from '../interrupts.ts';
import { bar } from '../job-progress.ts';
import { writeWhole } from '../job-result.ts';
import { byteSize, duration } from '../output.ts';
import { withWorkers } from '../workers.ts';

function parallelOption(text: string): number {
  const parallel = Number(text);
  if (Number.isInteger(parallel) && parallel >= 1 && parallel <= 1024) return parallel;
  throw new InvalidArgumentError('Write a whole number of 1 or more.');
}

export const command: CliCommand = {
  define: (program, run) =>
    program
      .argument('<job.json>', 'the job')
      .option('--out <file>', 'where the merged output goes (default: "output" of the job, in this folder)')
      .option('--parallel <n>', 'tasks at a time (default: one per logical processor)', parallelOption)
      .action((file: string, options: { out?: string; parallel?: number }) =>
        run(async (context) => {
          const { output, clock } = context;
          const job = await readJob(file);
          const began = clock.monotonic();
          const stop = new AbortController();
          const stopListening = onInterrupt(clock, () => stop.abort());
          try {
            const { results, merged } = await withWorkers(context, async (pool) => {
              for (const note of await tryModule(pool, job, stop.signal)) output.note(note);
              return runLocally(job, {
                pool,
                parallel: options.parallel ?? availableParallelism(),
                signal: stop.signal,
                onTask: (done, total) => {
                  const left = timeLeft({ done, total }, clock.monotonic() - began) ?? 0;
                  output.transient(
                    `${bar(done / total)} ${done}/${total} tasks · about ${duration(left)} left`,
                  );
                },
              });
            });
            output.endTransient();
            const failed = results.find(({ outcome }) => outcome.kind === 'failed');
            if (failed?.outcome.kind === 'failed' || merged === undefined) {
              const { code, message } =
                failed?.outcome.kind === 'failed' ? failed.outcome : { code: '', message: '' };
              throw new LullError('job_ended', `Task ${failed?.index ?? 0} failed (${code}): ${message}.`, {
                details: { diagnostics: failed?.diagnostics ?? '' },
              });
            }
            const out = options.out ?? job.output;
            await writeWhole(out, merged);
            const durationMs = Math.round(clock.monotonic() - began);
            const fuel = results.reduce((sum, result) => sum + result.fuel, 0n);
            output.result(
              {
                output: { file: out, bytes: merged.length, sha256: blobHashOf(merged) },
                tasks: results.length,
                fuel: String(fuel),
                durationMs,
              },
              [`${out}: ${byteSize(merged.length)}, ${results.length} tasks in ${duration(durationMs)}`],
            );
          } catch (error) {
            if (stop.signal.aborted) throw new ExitCode(130);
            throw error;
          } finally {
            stopListening();
          }
        }),
      ),
};
