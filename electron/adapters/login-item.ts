// SPDX-License-Identifier: MIT
import type { App } from 'electron';

import { type StartFileParts, xdgAutostart } from '../../agent/adapters/autostart/xdg-autostart.ts';
import type { Autostart } from '../../agent/ports.ts';
import { LullError } from '../../protocol/errors.ts';

type LoginItems = Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>;

export interface LoginItemParts extends StartFileParts {
  readonly app: LoginItems;
  readonly platform: NodeJS.Platform;
}

/**
 * Starting the tray app at login, hidden: by Electron on macOS and Windows, by a file of this user's on Linux, where
 * Electron knows no way.
 */
export function loginItem(parts: LoginItemParts): Autostart {
  const { app, platform, command } = parts;
  if (platform === 'linux') return xdgAutostart(parts);
  const [path, ...args] = command;
  // macOS starts the app bundle as a whole, without arguments.
  const item = platform === 'win32' ? { path, args: args.map(windowsArgument) } : {};
  const isOn = (): boolean => app.getLoginItemSettings(item).openAtLogin;
  return {
    enabled: () => Promise.resolve(isOn()),
    set: (enabled) => {
      app.setLoginItemSettings({ openAtLogin: enabled, ...item });
      if (isOn() === enabled) return Promise.resolve();
      return Promise.reject(
        new LullError(
          'internal',
          'The system did not let Lull change what starts at login: change it in its own settings, under login items or startup apps.',
        ),
      );
    },
  };
}

/** Windows gets one line of text; Electron quotes the path of the program but none of its arguments. */
const windowsArgument = (argument: string): string => (/[\s"]/.test(argument) ? `"${argument}"` : argument);
