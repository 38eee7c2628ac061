// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { PNG } from 'pngjs';
import { beforeEach, describe, expect, it } from 'vitest';

import { TrayIcon } from '../../../electron/tray.ts';
import { isBarDark, trayIconFile } from '../../../electron/tray-icon.ts';
import { overallStateSchema } from '../../../protocol/agent-state.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeElectron, type FakeMenuItem } from '../../support/fake-electron.ts';
import type { FakeTray } from '../../support/fake-electron-window.ts';
import { RecordingAgent } from '../../support/recording-agent.ts';
import { SAMPLE_NOW, sampleState } from '../../support/sample-state.ts';
import { TestClock } from '../../support/test-clock.ts';

const ASSETS = resolve(import.meta.dirname, '../../../assets');
const MINUTE = 60_000;

let electron: FakeElectron;
let agent: RecordingAgent;
let clock: TestClock;
let icon: TrayIcon;
let asked: string[];

const start = (platform: NodeJS.Platform): FakeTray => {
  icon = new TrayIcon(electron.api, {
    agent,
    clock,
    logger: silentLogger,
    assetsDir: '/app/assets',
    platform,
    desktop: '',
    onClick: () => asked.push('click'),
    onOpen: () => asked.push('open'),
    onQuit: () => asked.push('quit'),
  });
  icon.start();
  const [tray] = electron.trays;
  if (tray === undefined) throw new Error('no tray was made');
  return tray;
};

const itemsOf = (menu: unknown): readonly FakeMenuItem[] =>
  (menu as { template: readonly FakeMenuItem[] }).template;
const pathOf = (image: unknown): string => (image as { path: string }).path.replaceAll('\\', '/');
const choose = (items: readonly FakeMenuItem[], label: string): void => {
  const item = items.flatMap((top) => [top, ...(top.submenu ?? [])]).find((each) => each.label === label);
  if (item?.click === undefined) throw new Error(`nothing to choose at ${label}`);
  item.click();
};

beforeEach(() => {
  electron = new FakeElectron();
  agent = new RecordingAgent();
  clock = new TestClock(SAMPLE_NOW);
  asked = [];
});

describe('the tray', () => {
  it('shows the icon of the state, and changes it with the state', () => {
    const tray = start('win32');
    expect(pathOf(tray.image)).toBe('/app/assets/tray/waiting-on-light.png');
    agent.publish({ overall: 'earning' });
    expect(pathOf(tray.image)).toBe('/app/assets/tray/earning-on-light.png');
    expect(tray.toolTip).toMatch(/^Lull: Earning\./);
  });

  it('follows the theme of the system', () => {
    const tray = start('win32');
    electron.nativeTheme.shouldUseDarkColors = true;
    electron.nativeTheme.emit('updated');
    expect(pathOf(tray.image)).toBe('/app/assets/tray/waiting-on-dark.png');
  });

  it('has a fixed menu on Linux, and elsewhere one that opens by the other button', () => {
    const linux = start('linux');
    expect(itemsOf(linux.menu).length).toBeGreaterThan(5);
    electron = new FakeElectron();
    const windows = start('win32');
    expect(windows.menu).toBeUndefined();
    windows.emit('click');
    windows.emit('right-click');
    expect(asked).toEqual(['click']);
    expect(itemsOf(windows.poppedUp[0]).map(({ label }) => label)).toContain('Open Lull');
  });

  it('keeps an open menu while only a sentence counts on, and redraws it for news at once', async () => {
    const tray = start('linux');
    const idle = (idleSeconds: number): void => {
      const reasons = [{ code: 'user_active', idleSeconds, thresholdSeconds: 300, careful: false } as const];
      agent.publish({ decision: { ...sampleState().decision, reasons } });
    };
    idle(1);
    const { menu } = tray;
    idle(2);
    idle(3);
    expect(tray.menu).toBe(menu);
    await clock.advance(15_000);
    expect(tray.menu).not.toBe(menu);
    expect(itemsOf(tray.menu)[1]?.label).toMatch(/3 seconds ago/);
    const refreshed = tray.menu;
    agent.publish({ overall: 'offline', decision: { ...sampleState().decision, reasons: [] } });
    expect(tray.menu).not.toBe(refreshed);
  });

  it('counts a pause down though the agent says nothing new', async () => {
    const tray = start('linux');
    agent.publish({
      overall: 'paused',
      settings: { ...sampleState().settings, pausedUntil: SAMPLE_NOW + 2 * MINUTE },
    });
    const left = (): string | undefined =>
      itemsOf(tray.menu).find(({ label }) => label?.startsWith('Paused for'))?.label;
    expect(left()).toBe('Paused for another 2 minutes');
    await clock.advance(MINUTE + 15_000);
    expect(left()).toBe('Paused for another 1 minute');
  });

  it('sends the intent of what is chosen, and knows open and quit itself', async () => {
    const tray = start('linux');
    const items = itemsOf(tray.menu);
    choose(items, 'For 1 hour');
    choose(items, '75%');
    choose(items, 'Open Lull');
    choose(items, 'Quit Lull');
    await eventually('both intents have arrived', () => agent.intents.length === 2);
    expect(agent.intents).toEqual([
      { name: 'pause', request: { for: '1h', of: 'all' } },
      { name: 'setSettings', request: { awayCpuPercent: 75 } },
    ]);
    expect(asked).toEqual(['open', 'quit']);
  });

  it('shows a name with & as it is written', () => {
    const tray = start('linux');
    agent.publish({ overall: 'needs_you', problems: [{ code: 'x', message: 'Ask R&D.', at: SAMPLE_NOW }] });
    expect(itemsOf(tray.menu)[1]?.label).toBe('Ask R&&D.');
  });

  it('is gone and silent once stopped', () => {
    const tray = start('linux');
    icon.stop();
    agent.publish({ overall: 'earning' });
    expect([tray.isDestroyed(), agent.listening, clock.waiting]).toEqual([true, 0, 0]);
    expect(electron.nativeTheme.listenerCount('updated')).toBe(0);
  });
});

describe('the tray icons', () => {
  const looks = [
    { platform: 'darwin', darkBar: false },
    { platform: 'darwin', darkBar: true },
    { platform: 'win32', darkBar: false },
    { platform: 'linux', darkBar: true },
  ] as const;

  it.each(overallStateSchema.options)(
    'are drawn for %s in both sizes, for every system and theme',
    (state) => {
      for (const look of looks) {
        const file = join(ASSETS, trayIconFile(state, look));
        const points = look.platform === 'darwin' ? 18 : 16;
        for (const [path, pixels] of [
          [file, points],
          [file.replace('.png', '@2x.png'), points * 2],
        ] as const) {
          expect(existsSync(path), path).toBe(true);
          const png = PNG.sync.read(readFileSync(path));
          expect([png.width, png.height]).toEqual([pixels, pixels]);
        }
      }
    },
  );

  it('are black with transparency only, as macOS asks of a template', () => {
    for (const state of overallStateSchema.options) {
      const png = PNG.sync.read(readFileSync(join(ASSETS, trayIconFile(state, looks[0]))));
      const pixels = Array.from({ length: png.data.length / 4 }, (_, i) =>
        png.data.subarray(i * 4, i * 4 + 4),
      );
      expect(pixels.some(([, , , alpha]) => alpha === 255)).toBe(true);
      expect(pixels.some(([, , , alpha]) => alpha === 0)).toBe(true);
      expect(
        pixels.every(([red, green, blue, alpha]) => alpha === 0 || (red === 0 && green === 0 && blue === 0)),
      ).toBe(true);
    }
  });

  it('differ from state to state', () => {
    const bytes = overallStateSchema.options.map((state) =>
      readFileSync(join(ASSETS, trayIconFile(state, looks[0]))).toString('base64'),
    );
    expect(new Set(bytes).size).toBe(bytes.length);
  });

  it('know where the bar is dark whatever the theme of apps', () => {
    const light = { shouldUseDarkColors: false };
    expect(isBarDark(light, 'linux', 'ubuntu:GNOME')).toBe(true);
    expect(isBarDark(light, 'linux', 'KDE')).toBe(false);
    expect(isBarDark({ ...light, shouldUseDarkColorsForSystemIntegratedUI: true }, 'win32', '')).toBe(true);
    expect(
      isBarDark({ shouldUseDarkColors: true, shouldUseDarkColorsForSystemIntegratedUI: false }, 'win32', ''),
    ).toBe(false);
  });
});
