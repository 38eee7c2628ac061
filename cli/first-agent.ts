// SPDX-License-Identifier: MIT
import { ControlClient } from '../agent/adapters/control-socket-client.ts';
import { sleep } from '../protocol/clock.ts';
import { LullError } from '../protocol/errors.ts';
import { openBrowser } from './browser.ts';
import type { CliContext } from './context.ts';

/** The first agent takes its folder a moment before it listens. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 100;

async function connectFirst({ dataDir, clock }: CliContext, refusal: LullError): Promise<ControlClient> {
  const end = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return await ControlClient.connect(dataDir, clock);
    } catch (error) {
      if (!(error instanceof LullError) || error.code !== 'agent_not_running') throw error;
      // It holds the folder but cannot be talked to: its refusal says more than our silence.
      if (clock.monotonic() > end) throw refusal;
    }
    await sleep(clock, LOOK_MS);
  }
}

/** A second start finds the first, and shows its window. @param refusal why this one may not start */
export async function showRunningAgent(
  context: CliContext,
  refusal: LullError,
  open: boolean,
): Promise<void> {
  const agent = await connectFirst(context, refusal);
  try {
    const { url } = await agent.host('openUrl');
    const pid = refusal.details['pid'];
    const who = typeof pid === 'number' ? `Lull runs already (process ${pid})` : 'Lull runs already';
    context.output.result({ alreadyRunning: true, url, pid: pid ?? null }, [
      url === null ? `${who}; its window is open.` : `${who}: ${url}`,
    ]);
    if (url !== null && open && !context.output.json) await openBrowser(url);
  } finally {
    agent.close();
  }
}
