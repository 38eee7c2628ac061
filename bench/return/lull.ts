// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { writeCountingJob } from '../../test/support/counting-job.ts';
import { lull, startCoordinator } from '../../test/support/network.ts';
import { DIST, freePort, TestProcess } from '../../test/support/processes.ts';
import { BridgeDriver } from '../bridge-driver.ts';
import type { Contender } from './contender.ts';

const WITHIN_MS = 120_000;
const IDLE_SECONDS = 6;

/** What matters here is the keyboard: nothing else of this computer is to stop it, nor to make it careful. */
const SETTINGS = {
  consentGivenAt: 1,
  awayCpuPercent: 100,
  inUseCpuPercent: 0,
  idleMinutes: IDLE_SECONDS / 60,
  runOnBattery: true,
  stopWhenHot: false,
  busyPercent: 100,
  stopOnFullScreen: false,
  stopOnPresentation: false,
  stopOnCall: false,
  keepFreeGigabytes: 0,
  keepFreeMemoryGigabytes: 0,
  awayMemoryPercent: 90,
  runOnMetered: true,
};

/** A real agent of the tray app's headless host on this display, on a network of its own; `jobs`: with work. */
export async function startLull(
  folder: string,
  display: string,
  { jobs }: { readonly jobs: boolean },
): Promise<Contender & { readonly agent: number; readonly coordinator: number }> {
  const port = await freePort();
  const network = `http://127.0.0.1:${port}`;
  const coordinator = await startCoordinator({ folder, port, leaseSeconds: 3600 });
  const data = join(folder, 'device');
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(join(data, 'settings.json'), JSON.stringify(SETTINGS));
  const device = new TestProcess(
    'agent',
    process.execPath,
    [
      ...[join(DIST, 'lull.js'), 'agent', '--data', data, '--keychain', 'file', '--no-open'],
      ...['--network', network],
    ],
    { env: { ...process.env, DISPLAY: display, WAYLAND_DISPLAY: '' } },
  );
  const [address] = await device.prints(/http:\/\/127\.0\.0\.1:[0-9]+\/\S+/);
  if (jobs) {
    const job = await writeCountingJob(join(folder, 'job'), {
      tasks: 4 * availableParallelism(),
      steps: 200_000,
      gigafuel: 10_000,
      quorum: 1,
    });
    const as = ['--network', network, '--data', join(folder, 'requester'), '--keychain', 'file'];
    const submitted = await lull('submit', job, ...as, '--detach');
    if (submitted.code !== 0) throw new Error(`the job was not submitted: ${submitted.output}`);
  }
  let driver: BridgeDriver | undefined = jobs ? await BridgeDriver.open(address) : undefined;
  return {
    agent: device.pid,
    coordinator: coordinator.pid,
    async computing() {
      driver ??= await BridgeDriver.open(address);
      // Only what is told from now on counts: what was told last may be from before a key was pressed.
      const now = Date.now();
      const fresh =
        (holds: (state: State) => boolean) =>
        (state: State): boolean =>
          state.at > now && holds(state);
      await driver.until('the keyboard rests', fresh(atRest), WITHIN_MS);
      // The owner's own word: so no waiting time stands between two rounds.
      await driver.send('resume', {});
      const { slots } = await driver.until('a task on every processor', fresh(allRun), WITHIN_MS);
      return slots.flatMap(({ pid, state }) => (pid === null || state !== 'running' ? [] : [pid]));
    },
    async rest() {
      await driver?.send('pause', { for: 'until_resumed' });
    },
    async goOn() {
      await driver?.send('resume', {});
    },
    async stop() {
      driver?.close();
      await device.stop();
      await coordinator.stop();
    },
  };
}

type State = NonNullable<BridgeDriver['state']>;

const atRest = ({ signals }: State): boolean =>
  signals.idleSeconds !== null && signals.idleSeconds >= IDLE_SECONDS;

const allRun = ({ slots, decision, threads }: State): boolean =>
  decision.slots === threads && slots.filter(({ state }) => state === 'running').length >= threads;
