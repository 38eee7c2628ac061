// SPDX-License-Identifier: MIT
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hostSensors } from '../../agent/adapters/sensors/host-sensors.ts';
import type { Sensors } from '../../agent/ports.ts';
import { findUpowerDaemon } from '../../build/test-environment.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { eventually } from '../support/eventually.ts';
import { FakeRoot } from '../support/fake-root.ts';
import { needs } from '../support/needs.ts';
import { ended, PrivateBus } from '../support/private-bus.ts';
import { TestClock } from '../support/test-clock.ts';

const missing = needs('upower');

/** A laptop as umockdev plays it. */
const laptop = (plug: 0 | 1, status: string, capacity: number): string => `P: /devices/BAT0
E: POWER_SUPPLY_NAME=BAT0
E: SUBSYSTEM=power_supply
A: type=Battery\\n
A: present=1\\n
A: status=${status}\\n
A: energy_full=60000000\\n
A: energy_full_design=80000000\\n
A: energy_now=${capacity * 600_000}\\n
A: power_now=10000000\\n
A: voltage_now=12000000\\n
A: capacity=${capacity}\\n

P: /devices/AC
E: POWER_SUPPLY_NAME=AC
E: SUBSYSTEM=power_supply
A: type=Mains\\n
A: online=${plug}\\n
`;

describe.skipIf(!missing.ok)(`with UPower itself${missing.ok ? '' : ` (${missing.reason})`}`, () => {
  let bus: PrivateBus;
  let root: FakeRoot;
  let some: Sensors;

  beforeEach(async () => {
    bus = await PrivateBus.start();
    root = new FakeRoot();
    const parts = { clock: new TestClock(), logger: silentLogger, dataFolder: root.path, root: root.path };
    some = hostSensors({ ...parts, platform: 'linux', env: bus.env });
  });

  afterEach(async () => {
    await some.stop();
    await bus[Symbol.asyncDispose]();
    root[Symbol.dispose]();
  });

  const upower = (description: string): ReturnType<PrivateBus['real']> => {
    const file = join(root.path, 'laptop.umockdev');
    writeFileSync(file, description);
    const args = ['--device', file, '--', findUpowerDaemon() ?? ''];
    return bus.real('org.freedesktop.UPower', 'umockdev-run', args);
  };

  it('knows the battery and the plug, also of a UPower that comes late and of one that is started again', async () => {
    await some.start(new AbortController().signal);
    expect(some.read().onBattery).toBe(false);
    const daemon = await upower(laptop(0, 'Discharging', 80));
    await eventually('the battery is known', () => some.read().batteryPercent === 80);
    await eventually('it is on battery', () => some.read().onBattery === true);
    await ended(daemon);
    await eventually('UPower has gone', () => some.read().batteryPercent === null);
    await upower(laptop(1, 'Charging', 30));
    await eventually('it is plugged in', () => some.read().batteryPercent === 30);
    await eventually('it is not on battery', () => some.read().onBattery === false);
  });
});
