// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { TestProcess } from '../../test/support/processes.ts';

/** A screen of its own, and a hand at its keyboard. */
export interface Display {
  /** what programs find in DISPLAY */
  readonly name: string;
  /** Presses and lets go of a key. @returns when, by `performance.now()` */
  press(): number;
  stop(): Promise<void>;
}

const READY = /^(\d+)$/m;

/** Starts Xvfb, which chooses a free number itself, and an xdotool that waits for what to press. */
export async function openDisplay(): Promise<Display> {
  // Without -noreset the server forgets its idle time whenever the last program leaves it.
  const server = new TestProcess(
    'Xvfb',
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '640x480x24', '-noreset', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [, number] = await server.prints(READY);
  const name = `:${number ?? ''}`;
  const hand = spawn('xdotool', ['-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, DISPLAY: name },
  });
  await once(hand, 'spawn');
  return {
    name,
    press() {
      const at = performance.now();
      hand.stdin.write('key a\n');
      return at;
    },
    async stop() {
      const gone = once(hand, 'exit');
      hand.stdin.end();
      await gone;
      await server.stop();
    },
  };
}
