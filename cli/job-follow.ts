// SPDX-License-Identifier: MIT
import { followJob } from '../agent/requester/follow.ts';
import type { JobStatus } from '../protocol/job.ts';
import { type CliContext, ExitCode } from './context.ts';
import { onInterrupt } from './interrupts.ts';
import { progressLine } from './job-progress.ts';
import type { NetworkConnection } from './network-connection.ts';

/** What a shell expects of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Shows how a job gets on until it has ended. The first Ctrl-C says that the job goes on; the second leaves it.
 * @param greeting said once both can be heard
 */
export async function followWithProgress(
  context: CliContext,
  { client, info }: NetworkConnection,
  submitted: JobStatus,
  greeting?: string,
): Promise<JobStatus> {
  const { output, clock } = context;
  const leave = new AbortController();
  const stopListening = onInterrupt(clock, (times) => {
    output.endTransient();
    if (times > 1) return leave.abort();
    output.note(
      `${submitted.id} goes on without this command. Follow it again with \`lull job ${submitted.id} --follow\`, or end it ` +
        `with \`lull cancel ${submitted.id}\`. Press Ctrl-C once more to leave.`,
    );
  });
  if (greeting !== undefined) output.note(greeting);
  try {
    const status = await followJob(client, submitted.id, {
      clock,
      signal: leave.signal,
      onStatus: (job) => output.transient(progressLine(job, info.practice, clock.now())),
    });
    if (status === undefined) throw new ExitCode(INTERRUPTED);
    return status;
  } finally {
    stopListening();
    output.endTransient();
  }
}
