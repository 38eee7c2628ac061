// SPDX-License-Identifier: MIT
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { macosDischargeWatts } from '../../agent/adapters/power/macos-battery.ts';
import { powerMeter, type PowerMeterParts } from '../../agent/adapters/power/power-meter.ts';
import {
  addedWatts,
  ESTIMATED_ERROR_PERCENT,
  estimatedWatts,
  ownShare,
  PROCESSOR_IDLE,
} from '../../agent/policy/energy.ts';
import type { PowerMeter, PowerReading } from '../../agent/ports.ts';
import { eventually } from '../support/eventually.ts';
import { goldenOutput } from '../support/golden-output.ts';
import { TestClock } from '../support/test-clock.ts';

let root: string;
let clock: TestClock;
let ticks: { busy: number; idle: number };

const file = (path: string, text: string): string => {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, `${text}\n`);
  return whole;
};
const zone = (name: string, energy: number, what = 'package-0', range = 262_143_328_850): string => {
  file(`sys/class/powercap/${name}/name`, what);
  file(`sys/class/powercap/${name}/max_energy_range_uj`, String(range));
  return file(`sys/class/powercap/${name}/energy_uj`, String(energy));
};
const battery = (lines: Record<string, string>): void => {
  for (const [name, text] of Object.entries({ type: 'Battery', status: 'Discharging', ...lines }))
    file(`sys/class/power_supply/BAT0/${name}`, text);
};
/** Four threads work for so long, all together, as /proc/stat tells. */
const pass = async (seconds: number, busyShare: number): Promise<void> => {
  await clock.advance(seconds * 1000);
  ticks.busy += 400 * seconds * busyShare;
  ticks.idle += 400 * seconds * (1 - busyShare);
  file('proc/stat', `cpu  ${Math.round(ticks.busy)} 0 0 ${Math.round(ticks.idle)} 0 0 0 0 0 0`);
};
const meter = async (change: Partial<PowerMeterParts> = {}): Promise<PowerMeter> => {
  const made = powerMeter({ clock, threads: 4, cpuWatts: () => null, platform: 'linux', root, ...change });
  await made.start(new AbortController().signal);
  return made;
};
/** What work on all threads is told to have drawn. */
const whole = (seconds: number): Parameters<PowerMeter['read']>[0] => ({ cpuSeconds: 4 * seconds, duty: 1 });

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'lull-power-'));
  clock = new TestClock();
  ticks = { busy: 1000, idle: 1000 };
  await pass(0, 0);
});

afterEach(() => rmSync(root, { recursive: true }));

const fits = ({ joules, watts, errorPercent }: PowerReading): void => {
  for (const value of [joules, watts, errorPercent]) {
    expect(Number.isFinite(value)).toBe(true);
    expect(value).toBeGreaterThanOrEqual(0);
  }
};

describe.each([
  ['this computer', (): PowerMeter => powerMeter({ clock, threads: 2, cpuWatts: () => null })],
  [
    'a computer that tells nothing',
    (): PowerMeter => powerMeter({ clock, threads: 2, cpuWatts: () => 65, root }),
  ],
  [
    'another system',
    (): PowerMeter => powerMeter({ clock, threads: 2, cpuWatts: () => 65, platform: 'win32' }),
  ],
])('the power meter of %s', (_name, make) => {
  it('always has an answer, before and after it is started and stopped, also when no time has passed', async () => {
    const made = make();
    fits(made.read({ cpuSeconds: 0, duty: 0 }));
    await made.start(new AbortController().signal);
    await clock.advance(1000);
    fits(made.read({ cpuSeconds: 2, duty: 1 }));
    fits(made.read({ cpuSeconds: 0.1, duty: 0.5 }));
    await made.stop();
    await made.stop();
    fits(made.read({ cpuSeconds: 0, duty: 0 }));
    expect(clock.waiting).toBe(0);
  });

  it('tells no energy without work', async () => {
    const made = make();
    await made.start(new AbortController().signal);
    await clock.advance(1000);
    expect(made.read({ cpuSeconds: 0, duty: 0 })).toMatchObject({ joules: 0, watts: 0 });
  });
});

describe('energy that the processor counts', () => {
  const share = ownShare(1, 1, PROCESSOR_IDLE).share;

  it("is Lull's by its share, of all packages but not of what lies in them or beside them", async () => {
    zone('intel-rapl:0', 1_000_000);
    zone('intel-rapl:1', 5_000_000, 'package-1');
    zone('intel-rapl:0:0', 7, 'core');
    zone('intel-rapl:2', 7, 'psys');
    const made = await meter();
    await pass(2, 1);
    zone('intel-rapl:0', 61_000_000);
    zone('intel-rapl:1', 45_000_000, 'package-1');
    zone('intel-rapl:2', 900_000_000, 'psys');
    const reading = made.read(whole(2));
    expect(reading.method).toBe('processor');
    expect(reading.joules).toBeCloseTo(100 * share, 6);
    expect(reading.watts).toBeCloseTo(50 * share, 6);
    expect(reading.errorPercent).toBeLessThan(30);
  });

  it('goes on over the end of its counter', async () => {
    zone('intel-rapl:0', 262_143_000_000);
    const made = await meter();
    await pass(1, 1);
    zone('intel-rapl:0', 9_671_150);
    expect(made.read(whole(1)).joules).toBeCloseTo(10 * share, 6);
  });

  it('counts less for Lull when others work as well', async () => {
    zone('intel-rapl:0', 0);
    const made = await meter();
    await pass(1, 1);
    zone('intel-rapl:0', 40_000_000);
    expect(made.read({ cpuSeconds: 2, duty: 0.5 }).joules).toBeCloseTo((40 * share) / 2, 6);
  });

  it('is nobody’s when the computer slept in between', async () => {
    zone('intel-rapl:0', 0);
    const made = await meter();
    await pass(3600, 0);
    zone('intel-rapl:0', 40_000_000);
    expect(made.read({ cpuSeconds: 1, duty: 0.01 }).method).toBe('estimate');
  });

  it('is nobody’s when the counter began anew, as it does while the computer sleeps', async () => {
    zone('intel-rapl:0', 5_000_000_000);
    const made = await meter();
    await pass(1, 1);
    zone('intel-rapl:0', 1_000_000);
    expect(made.read(whole(1)).method).toBe('estimate');
    await pass(1, 1);
    zone('intel-rapl:0', 11_000_000);
    expect(made.read(whole(1))).toMatchObject({ method: 'processor', joules: 10 * share });
  });

  it('is estimated where only root may read it, and not asked for again', async () => {
    const counter = zone('intel-rapl:0', 0);
    chmodSync(counter, 0);
    // Whoever may read everything is told the same by a counter that is none.
    if (process.getuid?.() === 0) writeFileSync(counter, 'Permission denied');
    const made = await meter();
    await pass(1, 1);
    expect(made.read(whole(1)).method).toBe('estimate');
    chmodSync(counter, 0o600);
    for (const energy of [1_000_000, 2_000_000, 3_000_000]) {
      zone('intel-rapl:0', energy);
      await pass(1, 1);
      expect(made.read(whole(1)).method).toBe('estimate');
    }
  });
});

describe('energy that comes from the battery', () => {
  it.each([
    ['its power', { power_now: '20000000' }],
    ['its current and its voltage', { current_now: '2000000', voltage_now: '10000000' }],
    ['a discharge that is written as negative', { current_now: '-2000000', voltage_now: '10000000' }],
  ])('is told by %s', async (_name, lines) => {
    battery(lines);
    const made = await meter();
    await pass(10, 1);
    const reading = made.read(whole(10));
    expect(reading.method).toBe('battery');
    expect(reading.watts).toBeCloseTo(20 * 0.55, 6);
    expect(reading.joules).toBeCloseTo(200 * 0.55, 6);
    expect(reading.errorPercent).toBeGreaterThan(20);
  });

  it('is the mean of what it gave at both ends of the time', async () => {
    battery({ power_now: '10000000' });
    const made = await meter();
    await pass(1, 1);
    battery({ power_now: '30000000' });
    expect(made.read(whole(1)).watts).toBeCloseTo(20 * 0.55, 6);
  });

  it.each(['Charging', 'Full', 'Not charging', 'Unknown'])('is estimated while it is %s', async (status) => {
    battery({ power_now: '20000000', status });
    const made = await meter();
    await pass(1, 1);
    expect(made.read(whole(1)).method).toBe('estimate');
  });

  it('is estimated while one battery charges, though another gives', async () => {
    battery({ power_now: '20000000' });
    file('sys/class/power_supply/BAT1/type', 'Battery');
    file('sys/class/power_supply/BAT1/status', 'Charging');
    const made = await meter();
    await pass(1, 1);
    expect(made.read(whole(1)).method).toBe('estimate');
  });

  it('is not that of a mouse, nor half known', async () => {
    battery({ power_now: '20000000', scope: 'Device' });
    const mouse = await meter();
    await pass(1, 1);
    expect(mouse.read(whole(1)).method).toBe('estimate');
    battery({ power_now: '20000000', scope: 'System' });
    file('sys/class/power_supply/BAT1/type', 'Battery');
    file('sys/class/power_supply/BAT1/status', 'Discharging');
    const half = await meter();
    await pass(1, 1);
    expect(half.read(whole(1)).method).toBe('estimate');
  });

  it('counts less than what the processor counts itself', async () => {
    battery({ power_now: '20000000' });
    zone('intel-rapl:0', 0);
    const made = await meter();
    await pass(1, 1);
    zone('intel-rapl:0', 8_000_000);
    expect(made.read(whole(1)).method).toBe('processor');
  });
});

describe('energy that comes from the battery of a Mac', () => {
  const discharging = goldenOutput('macos', 'battery-discharging');

  it('is current by voltage, while it is not on mains', () => {
    expect(macosDischargeWatts(discharging)).toBeCloseTo(1.889 * 11.586, 9);
    const inside = discharging.replace(
      '<key>CellVoltage',
      '<key>Voltage</key><integer>1</integer><key>CellVoltage',
    );
    expect(macosDischargeWatts(inside)).toBeCloseTo(1.889 * 11.586, 9);
    expect(macosDischargeWatts(discharging.replace('<false/>', '<true/>'))).toBeUndefined();
    expect(macosDischargeWatts(discharging.replace('-1889', '1889'))).toBeUndefined();
    expect(macosDischargeWatts('')).toBeUndefined();
  });

  it('is measured once it has answered', async () => {
    const made = await meter({ platform: 'darwin', run: () => Promise.resolve(discharging) });
    await eventually('it says that it would measure', () => {
      return made.read({ cpuSeconds: 0, duty: 0 }).method === 'battery';
    });
    const reading = await eventually('processor time has passed as well', async () => {
      await clock.advance(1000);
      const now = made.read(whole(1));
      return now.method === 'battery' && now;
    });
    expect(reading.watts).toBeCloseTo(1.889 * 11.586 * 0.55, 6);
  });

  it('is estimated on a Mac without a battery, and where the command fails', async () => {
    for (const run of [() => Promise.resolve(''), () => Promise.reject(new Error('no ioreg'))]) {
      const made = await meter({ platform: 'darwin', run });
      await clock.advance(1000);
      expect(made.read(whole(1)).method).toBe('estimate');
    }
  });
});

describe('a computer at rest', () => {
  const rest = { cpuSeconds: 0, duty: 0 };

  it('says how its work would be measured', async () => {
    const made = await meter();
    expect(made.read(rest)).toMatchObject({ joules: 0, watts: 0, method: 'estimate' });
    battery({ power_now: '20000000' });
    expect(made.read(rest)).toMatchObject({ joules: 0, watts: 0, method: 'battery' });
    zone('intel-rapl:0', 0);
    const counting = await meter();
    await clock.advance(3_600_000);
    const reading = counting.read(rest);
    expect(reading).toMatchObject({ joules: 0, watts: 0, method: 'processor' });
    expect(reading.errorPercent).toBeGreaterThan(5);
  });
});

describe('energy that nobody tells', () => {
  it('is estimated from what the owner says of the processor, else from its threads', async () => {
    let said: number | null = 100;
    const made = await meter({ cpuWatts: () => said });
    await pass(2, 1);
    const known = made.read({ cpuSeconds: 4, duty: 0.5 });
    expect(known).toMatchObject({
      method: 'estimate',
      joules: addedWatts(100, 1),
      watts: addedWatts(100, 0.5),
    });
    said = null;
    await pass(2, 1);
    const guessed = made.read({ cpuSeconds: 4, duty: 0.5 });
    expect(guessed.watts).toBeCloseTo(addedWatts(estimatedWatts(4), 0.5), 9);
    expect(guessed.errorPercent).toBe(ESTIMATED_ERROR_PERCENT);
    expect(known.errorPercent).toBeLessThan(guessed.errorPercent);
  });
});
