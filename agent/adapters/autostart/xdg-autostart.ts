// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import type { Autostart } from '../../ports.ts';
import { changingStart, keepText, textIfThere } from './start-file.ts';

export interface StartFileParts {
  /** the program and its arguments, whole paths */
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
}

/** Where this user's settings lie, as the XDG Base Directory Specification has it. */
export function configFolder({ env, home }: Pick<StartFileParts, 'env' | 'home'>): string {
  const given = env['XDG_CONFIG_HOME'] ?? '';
  return isAbsolute(given) ? given : join(home, '.config');
}

/**
 * An argument of `Exec`: quoted, with the backslashes that quoting takes, those again for a string value, and `%`
 * doubled (Desktop Entry Specification 1.5, "The Exec key").
 */
function execArgument(argument: string): string {
  if (/[\0\n\r]/.test(argument)) throw new Error('a path with a line break cannot be started at login');
  const quoted = `"${argument.replace(/["`$\\]/g, String.raw`\$&`)}"`;
  return quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}

const desktopEntry = (command: readonly string[]): string => `[Desktop Entry]
Type=Application
Version=1.5
Name=Lull
Comment=Lends this computer while nobody uses it
Exec=${command.map(execArgument).join(' ')}
Icon=lull
Terminal=false
X-GNOME-Autostart-enabled=true
`;

/** Starting with the desktop session: a file of this user's that every desktop on Linux reads. */
export function xdgAutostart(parts: StartFileParts): Autostart {
  const folder = join(configFolder(parts), 'autostart');
  const path = join(folder, 'lull.desktop');
  return {
    enabled: async () => {
      const text = await textIfThere(path);
      // Desktops turn an entry off by one of these lines.
      return text !== undefined && !/^(?:Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(text);
    },
    set: (enabled) =>
      changingStart(folder, async () => {
        if (enabled) await keepText(path, desktopEntry(parts.command));
        else await rm(path, { force: true });
      }),
  };
}
