// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { placeWindow } from '../../../electron/window-place.ts';

const size = { width: 420, height: 680 };
const workArea = { x: 0, y: 24, width: 1440, height: 876 };

describe('placing the window', () => {
  it('hangs it under a tray icon at the top, centred on it', () => {
    const at = placeWindow(size, { x: 1000, y: 0, width: 24, height: 24 }, workArea, 'darwin');
    expect(at).toEqual({ x: 802, y: 32, width: 420, height: 680 });
  });

  it('stands it above a tray icon at the bottom', () => {
    const taskbar = { x: 0, y: 0, width: 1440, height: 860 };
    const at = placeWindow(size, { x: 1300, y: 868, width: 24, height: 24 }, taskbar, 'win32');
    expect(at).toEqual({ x: 1020, y: 860 - 680, width: 420, height: 680 });
  });

  it('goes to the corner of trays when the system does not say where the icon is', () => {
    const nowhere = { x: 0, y: 0, width: 0, height: 0 };
    expect(placeWindow(size, nowhere, workArea, 'linux')).toMatchObject({ x: 1012, y: 32 });
    expect(placeWindow(size, undefined, workArea, 'linux')).toMatchObject({ x: 1012, y: 32 });
    expect(placeWindow(size, undefined, workArea, 'win32')).toMatchObject({ x: 1012, y: 212 });
  });

  it('is always wholly inside the work area', () => {
    const coordinate = fc.integer({ min: -4000, max: 4000 });
    const length = fc.integer({ min: 0, max: 200 });
    const areas = fc.record({
      x: coordinate,
      y: coordinate,
      width: fc.integer({ min: 200, max: 4000 }),
      height: fc.integer({ min: 200, max: 3000 }),
    });
    const trays = fc.option(fc.record({ x: coordinate, y: coordinate, width: length, height: length }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(
        areas,
        trays,
        fc.constantFrom<NodeJS.Platform>('linux', 'darwin', 'win32'),
        (area, tray, platform) => {
          const at = placeWindow(size, tray, area, platform);
          expect(at.x).toBeGreaterThanOrEqual(area.x);
          expect(at.y).toBeGreaterThanOrEqual(area.y);
          expect(at.x + at.width).toBeLessThanOrEqual(area.x + area.width);
          expect(at.y + at.height).toBeLessThanOrEqual(area.y + area.height);
        },
      ),
    );
  });
});
