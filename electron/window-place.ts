// SPDX-License-Identifier: MIT
import type { Rectangle } from 'electron';

const GAP = 8;

const clamp = (value: number, low: number, high: number): number =>
  Math.max(low, Math.min(value, Math.max(low, high)));

/**
 * Where the window goes: centred on the tray icon, on the side that has room, wholly inside the work area.
 * Where the system does not say where the icon is (most Linux trays): the corner in which trays live.
 */
export function placeWindow(
  size: { width: number; height: number },
  tray: Rectangle | undefined,
  workArea: Rectangle,
  platform: NodeJS.Platform,
): Rectangle {
  const width = Math.min(size.width, workArea.width);
  const height = Math.min(size.height, workArea.height);
  const right = workArea.x + workArea.width - width;
  const bottom = workArea.y + workArea.height - height;
  if (tray === undefined || tray.width === 0 || tray.height === 0) {
    const y = platform === 'win32' ? bottom - GAP : workArea.y + GAP;
    return { x: clamp(right - GAP, workArea.x, right), y: clamp(y, workArea.y, bottom), width, height };
  }
  const trayMiddle = tray.y + tray.height / 2;
  const onTop = trayMiddle < workArea.y + workArea.height / 2;
  const y = onTop ? tray.y + tray.height + GAP : tray.y - height - GAP;
  const x = Math.round(tray.x + tray.width / 2 - width / 2);
  return { x: clamp(x, workArea.x, right), y: clamp(y, workArea.y, bottom), width, height };
}
