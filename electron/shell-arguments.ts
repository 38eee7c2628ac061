// SPDX-License-Identifier: MIT
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { App } from 'electron';

import { LullError, toError } from '../protocol/errors.ts';

/** What the tray app may be started with; the same words as the headless host has. */
export interface ShellArguments {
  readonly data: string | undefined;
  readonly network: string | undefined;
  /** agree to run tasks without the consent screen */
  readonly accept: boolean;
  /** start without showing the window */
  readonly hidden: boolean;
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/$/, '');
  throw new LullError(
    'invalid_request',
    `"${text}" is no network: write an address like https://network.example or http://127.0.0.1:7117.`,
  );
}

/**
 * @param argv `process.argv`
 * @param isPackaged a packaged app has no script among its arguments
 * @throws {LullError} `invalid_request`
 */
export function readShellArguments(argv: readonly string[], isPackaged: boolean): ShellArguments {
  try {
    const { values } = parseArgs({
      args: argv.slice(isPackaged ? 1 : 2),
      // Chromium's own switches come along, and are not ours to refuse.
      strict: false,
      options: {
        data: { type: 'string' },
        network: { type: 'string' },
        accept: { type: 'boolean' },
        hidden: { type: 'boolean' },
      },
    });
    const text = (name: 'data' | 'network'): string | undefined => {
      const value = values[name];
      if (value === undefined) return undefined;
      if (typeof value === 'string' && value !== '') return value;
      throw new LullError(
        'invalid_request',
        `--${name} needs a value: write --${name} ${name === 'data' ? 'DIR' : 'URL'}.`,
      );
    };
    return {
      data: text('data'),
      network: addressOf(text('network')),
      accept: values['accept'] === true,
      hidden: values['hidden'] === true,
    };
  } catch (error) {
    if (error instanceof LullError) throw error;
    throw new LullError('invalid_request', `The arguments cannot be read: ${toError(error).message}.`, {
      cause: error,
    });
  }
}

/**
 * How to start this very app again at login, without its window. An AppImage is started by its own file: what runs inside
 * it lies somewhere else each time.
 */
export function loginCommand(
  app: Pick<App, 'getPath' | 'isPackaged'>,
  { argv, env }: { readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv },
  { data, network }: Pick<ShellArguments, 'data' | 'network'>,
): [string, ...string[]] {
  const [, script] = argv;
  return [
    env['APPIMAGE'] ?? app.getPath('exe'),
    ...(app.isPackaged || script === undefined ? [] : [resolve(script)]),
    '--hidden',
    ...(data === undefined ? [] : ['--data', resolve(data)]),
    ...(network === undefined ? [] : ['--network', network]),
  ];
}
