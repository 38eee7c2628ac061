// SPDX-License-Identifier: MIT
import type { OverallState } from '../protocol/agent-state.ts';

/** What decides how an icon must look. */
export interface TrayLook {
  readonly platform: NodeJS.Platform;
  /** whether the bar that the icon stands in is dark */
  readonly darkBar: boolean;
}

/** The icon's file in assets/; `@2x` beside it is found by Electron. */
export function trayIconFile(state: OverallState, { platform, darkBar }: TrayLook): string {
  if (platform === 'darwin') return `tray/${state}Template.png`;
  return `tray/${state}${darkBar ? '-on-dark' : '-on-light'}.png`;
}

/**
 * Whether the bar is dark. Windows has a theme of its own for the taskbar; GNOME's top bar is dark in both themes.
 * @param desktop XDG_CURRENT_DESKTOP
 */
export function isBarDark(
  theme: {
    readonly shouldUseDarkColors: boolean;
    readonly shouldUseDarkColorsForSystemIntegratedUI?: boolean;
  },
  platform: NodeJS.Platform,
  desktop: string,
): boolean {
  if (platform === 'linux' && desktop.toUpperCase().split(':').includes('GNOME')) return true;
  if (platform === 'win32')
    return theme.shouldUseDarkColorsForSystemIntegratedUI ?? theme.shouldUseDarkColors;
  return theme.shouldUseDarkColors;
}
