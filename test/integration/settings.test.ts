// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { DEFAULT_SETTINGS, settingsSchema } from '../../protocol/settings.ts';
import { eventually } from '../support/eventually.ts';
import { ALWAYS_ON, lull, lullJson, startDevice, statusOf } from '../support/network.ts';
import type { TestProcess } from '../support/processes.ts';

let folder: string;
let data: string;
let running: TestProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-settings-'));
  data = join(folder, 'data');
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(settings: Record<string, unknown>): Promise<TestProcess> {
  const agent = await startDevice({ data, settings });
  running.push(agent);
  return agent;
}
const settings = (...args: string[]): ReturnType<typeof lull> => lull('settings', ...args, '--data', data);

describe('what must outlive a crash of Lull', () => {
  it(
    'does: a pause with its countdown, and the energy that work has taken',
    { timeout: 120_000 },
    async () => {
      const agent = await start(ALWAYS_ON);
      await eventually(
        'work that takes energy',
        async () => (await statusOf(data)).energy.today.wattHours > 0,
        60_000,
      );
      expect((await lull('pause', 'tomorrow', '--gpu', '--data', data)).output).toContain(
        'GPU work: Paused until',
      );
      expect((await lull('pause', '1h', '--data', data)).output).toContain('Paused for an hour.');
      const before = await eventually('nothing draws any more', async () => {
        const state = await statusOf(data);
        return state.energy.watts === 0 && state.slots.every((slot) => slot.state !== 'running') && state;
      });
      const { pausedUntil, gpuPausedUntil } = before.settings;
      expect(pausedUntil).toBeGreaterThan(before.at + 3_500_000);
      await agent.kill();

      await start(ALWAYS_ON);
      const after = await statusOf(data);
      expect(after).toMatchObject({ overall: 'paused', settings: { pausedUntil, gpuPausedUntil } });
      expect(after.decision.reasons).toContainEqual({
        code: 'paused_by_user',
        for: 'all',
        mayEndAt: pausedUntil,
      });
      // What a worker tells after it was parked may be lost; what is priced is not counted twice.
      expect(after.energy.today.wattHours).toBeGreaterThan(before.energy.today.wattHours / 2);
      expect(after.energy.today.wattHours).toBeLessThanOrEqual(before.energy.today.wattHours);
      expect((await lull('status', '--data', data)).output).toMatch(/Paused.*\blull resume\b/);

      expect((await lull('resume', '--data', data)).output).toContain('Resumed.');
      expect((await statusOf(data)).settings).toMatchObject({ pausedUntil: null, gpuPausedUntil: null });
    },
  );
});

describe('lull settings', () => {
  it(
    'shows, changes, exports, imports and resets, and says what is wrong',
    { timeout: 120_000 },
    async () => {
      await start({ consentGivenAt: 1, memoryPercent: 30 });
      expect((await settings()).output).toMatch(/^\* awayMemoryPercent +30 %|awayMemoryPercent +\* 30 % /m);
      expect((await settings('set', 'awaycpupercent', '75')).output).toContain('awayCpuPercent is 75 % now.');
      expect((await settings('get', 'awayCpuPercent', '--json')).output.trim()).toBe('75');
      expect((await statusOf(data)).settings.awayCpuPercent).toBe(75);
      expect((await settings('set', 'stopOnCall', 'off')).code).toBe(0);
      expect((await settings('set', 'exclusiveApps', '["blender"]')).code).toBe(0);

      const wrong = await settings('set', 'idleMinutes', 'soon');
      expect(wrong).toMatchObject({ code: 1 });
      expect(wrong.output).toContain('Minutes without input');
      expect((await settings('set', 'idle', '3')).output).toContain('Did you mean idleMinutes?');
      expect((await settings('preset', 'loud')).code).toBe(2);
      expect((await settings('import', join(folder, 'missing'))).output).toContain('cannot be used');

      const file = join(folder, 'kept.json');
      expect((await settings('export', file)).output).toContain(file);
      expect((await settings('reset')).code).toBe(0);
      const all = await lullJson(settingsSchema, 'settings', '--data', data);
      expect(all).toEqual({ ...DEFAULT_SETTINGS, consentGivenAt: 1 });
      const kept = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
      await writeFile(file, JSON.stringify({ ...kept, idleMinutes: 0 }));
      expect((await settings('import', file)).output).toContain('stay as they were: idleMinutes.');
      expect((await statusOf(data)).settings).toMatchObject({
        awayCpuPercent: 75,
        awayMemoryPercent: 30,
        stopOnCall: false,
        exclusiveApps: ['blender'],
      });

      expect((await settings('preset', 'quiet')).code).toBe(0);
      expect((await settings()).output).toContain('Preset: quiet.');
      expect((await settings('reset', 'cpu')).output).toContain('cpu are back');
      expect((await statusOf(data)).settings).toMatchObject({ awayCpuPercent: 50, idleMinutes: 10 });
    },
  );
});
