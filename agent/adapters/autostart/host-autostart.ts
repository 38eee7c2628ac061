// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';

import type { Autostart } from '../../ports.ts';
import { NO_AUTOSTART } from '../not-offered.ts';
import { launchdAutostart } from './launchd-autostart.ts';
import { systemdAutostart } from './systemd-autostart.ts';
import { type StartFileParts, xdgAutostart } from './xdg-autostart.ts';

export interface HostAutostartParts extends Pick<StartFileParts, 'command'> {
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
  readonly home?: string;
  /** the root of `/run`: another folder in tests */
  readonly root?: string;
}

/**
 * Starting the headless host at login: by systemd where it runs, else with the desktop; by launchd on macOS. Never needs
 * root. On Windows it would open a console: there the tray app does it.
 */
export function hostAutostart(parts: HostAutostartParts): Autostart {
  const { command, platform = process.platform, env = process.env, home = homedir(), root = '' } = parts;
  if (platform === 'darwin') return launchdAutostart({ command, home });
  if (platform !== 'linux') return NO_AUTOSTART;
  const files = { command, env, home };
  // What sd_booted(3) looks for.
  if (existsSync(`${root}/run/systemd/system`)) return systemdAutostart(files);
  return (env['XDG_CURRENT_DESKTOP'] ?? '') === '' ? NO_AUTOSTART : xdgAutostart(files);
}
