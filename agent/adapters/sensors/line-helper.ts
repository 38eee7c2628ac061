// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';

import { endChild } from '../end-child.ts';

/** A child process that answers each line by a line. One question at a time. */
export interface LineHelper {
  /** @throws when it cannot be started, or ended */
  ask(question: string): Promise<string>;
  stop(): void;
}

export type StartHelper = (file: string, args: readonly string[]) => ChildProcess;

const quietly: StartHelper = (file, args) =>
  spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });

/** Starts it with the first question, and anew when it has ended. It ends with its input, however this process ends. */
export function lineHelper(file: string, args: readonly string[], start: StartHelper = quietly): LineHelper {
  let child: ChildProcess | undefined;
  let buffered = '';
  let waiting: PromiseWithResolvers<string> | undefined;

  const ended = (gone: ChildProcess, why: string): void => {
    if (child !== gone) return;
    child = undefined;
    waiting?.reject(new Error(`${file} ended: ${why}`));
    waiting = undefined;
  };
  const heard = (text: string): void => {
    buffered += text;
    const end = buffered.indexOf('\n');
    if (end < 0) return;
    waiting?.resolve(buffered.slice(0, end).trim());
    waiting = undefined;
    buffered = '';
  };
  const started = (): ChildProcess => {
    const begun = start(file, args);
    buffered = '';
    begun.stdout?.setEncoding('utf8').on('data', heard);
    begun.stdin?.on('error', () => undefined);
    begun.on('error', (error) => ended(begun, error.message));
    begun.on('exit', (code, signal) => ended(begun, String(signal ?? code)));
    return begun;
  };
  const stop = (): void => {
    const last = child;
    if (last === undefined) return;
    ended(last, 'it was stopped');
    last.stdin?.end();
    endChild(last);
  };
  return {
    ask: (question) => {
      // One that never answered the question before is of no use.
      if (waiting !== undefined) stop();
      child ??= started();
      const answer = Promise.withResolvers<string>();
      waiting = answer;
      child.stdin?.write(`${question}\n`);
      return answer.promise;
    },
    stop,
  };
}
