// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Autostart } from '../../ports.ts';
import { changingStart, keepText, textIfThere } from './start-file.ts';
import type { StartFileParts } from './xdg-autostart.ts';

const LABEL = 'app.lull.agent';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** @throws for characters that XML cannot hold */
function xmlText(text: string): string {
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/.test(text))
    throw new Error('a path with control characters cannot be started at login');
  return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}

const propertyList = (command: readonly string[]): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((argument) => `    <string>${xmlText(argument)}</string>`).join('\n')}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;

/** Starting with this user's session on macOS, without the tray app (launchd.plist(5)). It counts from the next login on. */
export function launchdAutostart({ command, home }: Pick<StartFileParts, 'command' | 'home'>): Autostart {
  const folder = join(home, 'Library', 'LaunchAgents');
  const path = join(folder, `${LABEL}.plist`);
  return {
    enabled: async () => (await textIfThere(path)) !== undefined,
    set: (enabled) =>
      changingStart(folder, async () => {
        if (enabled) await keepText(path, propertyList(command));
        else await rm(path, { force: true });
      }),
  };
}
