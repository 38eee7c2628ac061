// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { Signals } from '../../../../protocol/signals.ts';
import { codes, decision, lastOf, NOW, reasons, type Sight } from '../../../support/policy-look.ts';

describe('the presence rule', () => {
  it('says how long nobody has touched the computer, and when that is long enough', () => {
    expect(reasons({ signals: { idleSeconds: 120 } })[0]).toEqual({
      code: 'user_active',
      idleSeconds: 120,
      thresholdSeconds: 300,
      careful: false,
      mayEndAt: NOW + 180_000,
    });
    expect(reasons({ signals: { idleSeconds: null } })[0]).toEqual({
      code: 'user_active',
      thresholdSeconds: 300,
      careful: false,
    });
  });

  it('counts a locked screen as away at once, whatever the idle time says, where the owner wants it', () => {
    const locked = { screenLocked: true };
    expect(decision({ signals: { ...locked, idleSeconds: 0 } })).toMatchObject({ profile: 'away', slots: 4 });
    expect(decision({ signals: { ...locked, idleSeconds: null } }).slots).toBe(4);
    expect(codes({ signals: { ...locked, idleSeconds: 0 }, settings: { runWhenLocked: false } })).toContain(
      'user_active',
    );
  });

  it('takes an unknown lock for none', () => {
    expect(codes({ signals: { screenLocked: null, idleSeconds: 0 } })).toContain('user_active');
  });

  const eyes: (keyof Signals)[] = ['fullScreen', 'presentation', 'microphoneInUse', 'cameraInUse'];

  it.each(eyes)(
    'waits three times as long, and a quarter of an hour at least, where %s is unknown',
    (name) => {
      const signals = { idleSeconds: 300, [name]: null };
      expect(reasons({ signals })[0]).toMatchObject({ thresholdSeconds: 900, careful: true });
      expect(reasons({ signals, settings: { idleMinutes: 1 } })[0]).toMatchObject({ thresholdSeconds: 900 });
      expect(reasons({ signals, settings: { idleMinutes: 20 } })[0]).toMatchObject({
        thresholdSeconds: 3600,
      });
      expect(codes({ signals: { ...signals, idleSeconds: 900 } })).toEqual([]);
      expect(codes({ signals: { ...signals, screenLocked: true } })).toEqual([]);
    },
  );

  it('waits no longer where the rule that would look is off', () => {
    const signals = { idleSeconds: 300, fullScreen: null, presentation: null, cameraInUse: null };
    const settings = { stopOnFullScreen: false, stopOnPresentation: false, stopOnCall: false };
    expect(codes({ signals, settings })).toEqual([]);
  });
});

describe('the rules of attention', () => {
  it.each([
    ['full_screen', 'stopOnFullScreen', 'fullScreen'],
    ['presentation', 'stopOnPresentation', 'presentation'],
    ['call', 'stopOnCall', 'microphoneInUse'],
    ['call', 'stopOnCall', 'cameraInUse'],
  ] as const)('stop for %s unless the owner turns %s off', (code, setting, signal) => {
    expect(codes({ signals: { [signal]: true } })).toEqual([code]);
    expect(codes({ signals: { [signal]: true }, settings: { [setting]: false } })).toEqual([]);
  });

  it('say which device is in use', () => {
    expect(reasons({ signals: { microphoneInUse: true } })).toEqual([{ code: 'call', device: 'microphone' }]);
    expect(reasons({ signals: { microphoneInUse: true, cameraInUse: true } })).toEqual([
      { code: 'call', device: 'camera' },
    ]);
  });

  it('see nothing behind a locked screen, but hear', () => {
    const locked = { screenLocked: true };
    expect(codes({ signals: { ...locked, fullScreen: true, presentation: true } })).toEqual([]);
    expect(codes({ signals: { ...locked, microphoneInUse: true } })).toEqual(['call']);
  });
});

describe('the rule of exclusive programs', () => {
  const settings = { exclusiveApps: ['Blender', 'C:\\Games\\Doom.exe'] };
  const running = (...programs: string[]): Sight => ({ settings, facts: { programs } });

  it.each([
    ['blender', 'Blender'],
    ['BLENDER.EXE', 'Blender'],
    ['/usr/bin/blender', 'Blender'],
    ['doom', 'C:\\Games\\Doom.exe'],
    ['Doom.app', 'C:\\Games\\Doom.exe'],
  ])('knows a program by its name alone: %s', (program, app) => {
    expect(reasons(running('bash', program))).toEqual([{ code: 'exclusive_app', app }]);
  });

  it('lets other programs run', () => {
    expect(codes(running('bash', 'blenderplayer', 'notblender'))).toEqual([]);
    expect(codes({ settings: { exclusiveApps: [] }, facts: { programs: ['bash'] } })).toEqual([]);
  });

  it('takes unknown programs for one of them', () => {
    expect(reasons({ settings, facts: { programs: null } })).toEqual([{ code: 'exclusive_app' }]);
    expect(reasons({ settings, facts: { programs: undefined } })).toEqual([{ code: 'exclusive_app' }]);
    expect(codes({ facts: { programs: null } })).toEqual([]);
  });
});

describe('the load rule', () => {
  const load = (at: number, othersCpuPercent: number | null) => ({ at, signals: { othersCpuPercent } });

  it('lets ten seconds pass first, so that a program may start', () => {
    expect(lastOf(load(0, 90), load(9999, 90)).slots).toBe(4);
    expect(lastOf(load(0, 90), load(10_000, 90))).toMatchObject({
      slots: 0,
      reasons: [{ code: 'others_busy', percent: 90, thresholdPercent: 40 }],
    });
  });

  it('counts those seconds without a break', () => {
    expect(lastOf(load(0, 90), load(5000, 40), load(10_000, 90), load(19_999, 90)).slots).toBe(4);
    expect(lastOf(load(0, 90), load(5000, 40), load(10_000, 90), load(20_000, 90)).slots).toBe(0);
  });

  it('lets go ten points lower, and thirty seconds later', () => {
    const busy = [load(0, 90), load(10_000, 90)] as const;
    expect(lastOf(...busy, load(11_000, 31)).reasons).toEqual([
      { code: 'others_busy', percent: 31, thresholdPercent: 30 },
    ]);
    expect(lastOf(...busy, load(11_000, 30)).reasons).toEqual([{ code: 'settling', mayEndAt: NOW + 40_000 }]);
    expect(lastOf(...busy, load(11_000, 30), load(40_000, 30)).slots).toBe(4);
  });

  it('lets go at half of a small threshold', () => {
    const settings = { busyPercent: 6 };
    const at = (ms: number, percent: number) => ({ ...load(ms, percent), settings });
    expect(lastOf(at(0, 7), at(10_000, 7), at(11_000, 4)).reasons).toMatchObject([
      { code: 'others_busy', thresholdPercent: 3 },
    ]);
    expect(lastOf(at(0, 7), at(10_000, 7), at(11_000, 3)).reasons).toMatchObject([{ code: 'settling' }]);
  });

  it('takes unknown load for a busy computer, after the same ten seconds', () => {
    expect(lastOf(load(0, null), load(9999, null)).slots).toBe(4);
    expect(lastOf(load(0, null), load(10_000, null)).reasons).toEqual([
      { code: 'others_busy', thresholdPercent: 40 },
    ]);
  });

  it('never stops at a threshold of a hundred', () => {
    const settings = { busyPercent: 100 };
    for (const percent of [100, null]) {
      expect(lastOf({ ...load(0, percent), settings }, { ...load(60_000, percent), settings }).slots).toBe(4);
    }
  });
});
