// SPDX-License-Identifier: MIT
import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { Autostart } from '../../ports.ts';
import { errnoOf } from '../disk-errors.ts';
import { changingStart, keepText, textIfThere } from './start-file.ts';
import { configFolder, type StartFileParts } from './xdg-autostart.ts';

const UNIT = 'lull.service';

/** An argument of `ExecStart`, quoted; systemd expands `%` and `$` there (systemd.service(5), "Command lines"). */
function unitArgument(argument: string): string {
  if (/[\0\n\r]/.test(argument)) throw new Error('a path with a line break cannot be started at login');
  return `"${argument
    .replace(/["\\]/g, String.raw`\$&`)
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')}"`;
}

const unit = (command: readonly string[]): string => `[Unit]
Description=Lull lends this computer while nobody uses it

[Service]
ExecStart=${command.map(unitArgument).join(' ')}
Restart=on-failure
RestartSec=30

[Install]
WantedBy=default.target
`;

async function linkedTo(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * Starting with this user's first session, without any desktop: a unit of the user's own service manager, enabled as
 * `systemctl --user enable` does it. It counts from the next login on; nothing is started now.
 */
export function systemdAutostart(parts: StartFileParts): Autostart {
  const folder = join(configFolder(parts), 'systemd', 'user');
  const path = join(folder, UNIT);
  const wants = join(folder, 'default.target.wants');
  const link = join(wants, UNIT);
  return {
    enabled: async () => (await linkedTo(link)) !== undefined && (await textIfThere(path)) !== undefined,
    set: (enabled) =>
      changingStart(folder, async () => {
        if (!enabled) {
          await rm(link, { force: true });
          await rm(path, { force: true });
          return;
        }
        await keepText(path, unit(parts.command));
        if ((await linkedTo(link)) === path) return;
        await mkdir(wants, { recursive: true });
        await rm(link, { force: true });
        await symlink(path, link);
      }),
  };
}
