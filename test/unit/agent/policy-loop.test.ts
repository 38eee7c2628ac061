// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { AgentFacts } from '../../../agent/policy/facts.ts';
import { PolicyLoop } from '../../../agent/policy-loop.ts';
import type { RunDecision } from '../../../protocol/agent-state.ts';
import type { Settings } from '../../../protocol/settings.ts';
import { FakeSensors } from '../../support/fake-sensors.ts';
import { FACTS, NOW, SETTINGS } from '../../support/policy-look.ts';
import { TestClock } from '../../support/test-clock.ts';

/** Sensors that count how often they are asked. */
class CountingSensors extends FakeSensors {
  reads = 0;
  asked = 0;

  override read(): ReturnType<FakeSensors['read']> {
    this.reads += 1;
    return super.read();
  }

  override programs(): readonly string[] | null {
    this.asked += 1;
    return super.programs();
  }
}

function loopUnderTest(changes: Partial<Settings> = {}) {
  const clock = new TestClock(NOW);
  const sensors = new CountingSensors();
  const world = { settings: { ...SETTINGS, ...changes }, facts: { ...FACTS } as AgentFacts, running: false };
  const decided: { decision: RunDecision; news: boolean }[] = [];
  const loop = new PolicyLoop({
    clock,
    sensors,
    settings: () => world.settings,
    facts: () => world.facts,
    anyRunning: () => world.running,
    decided: (decision, news) => decided.push({ decision, news }),
  });
  return { clock, sensors, world, decided, loop };
}

describe('the policy loop', () => {
  it('reads the sensors once a second while nothing runs', async () => {
    const { clock, sensors, loop } = loopUnderTest();
    loop.start();
    const before = sensors.reads;
    await clock.advance(10_000);
    expect(sensors.reads - before).toBe(10);
  });

  it('reads them ten times a second only while something runs because nobody is there', async () => {
    const { clock, sensors, world, loop } = loopUnderTest({ inUseCpuPercent: 10 });
    world.running = true;
    loop.start();
    const before = sensors.reads;
    await clock.advance(1000);
    expect(sensors.reads - before).toBe(10);
    sensors.set({ idleSeconds: 0 });
    await clock.advance(100);
    expect(loop.decision.profile).toBe('in_use');
    const inUse = sensors.reads;
    await clock.advance(5000);
    expect(sensors.reads - inUse).toBe(5);
  });

  it('never has more than one timer, however many events there are', async () => {
    const { clock, sensors, loop } = loopUnderTest();
    loop.start();
    for (let event = 0; event < 5; event++) sensors.set({ screenLocked: event % 2 === 0 }, true);
    await clock.advance(3000);
    expect(clock.waiting).toBe(1);
  });

  it('decides at once on an event', () => {
    const { sensors, loop, decided } = loopUnderTest();
    loop.start();
    sensors.set({ onBattery: true }, true);
    expect(loop.decision.slots).toBe(0);
    expect(loop.signals.onBattery).toBe(true);
    expect(decided.at(-1)).toMatchObject({ news: true, decision: { reasons: [{ code: 'on_battery' }] } });
  });

  it('asks for running programs only while a rule needs them', () => {
    const { sensors, world, loop } = loopUnderTest();
    loop.start();
    expect(sensors.asked).toBe(0);
    world.settings = { ...world.settings, exclusiveApps: ['doom'] };
    loop.tick();
    expect(sensors.asked).toBe(1);
    sensors.running = ['Doom'];
    loop.tick();
    expect(loop.decision.reasons).toEqual([{ code: 'exclusive_app', app: 'doom' }]);
  });

  it('calls a change news, and time that passes not', () => {
    const { sensors, loop, decided } = loopUnderTest();
    const news = (signals: Parameters<FakeSensors['set']>[0]): boolean | undefined => {
      sensors.set(signals);
      loop.tick();
      return decided.at(-1)?.news;
    };
    expect(news({ idleSeconds: 3 })).toBe(true);
    expect(news({ idleSeconds: 4 })).toBe(false);
    expect(news({ microphoneInUse: true })).toBe(true);
    expect(news({ cameraInUse: true })).toBe(true);
    expect(news({ cameraInUse: true, idleSeconds: 9, onBattery: true, batteryPercent: 50 })).toBe(true);
    expect(news({ batteryPercent: 49 })).toBe(false);
    expect(news({ thermal: 'critical' })).toBe(true);
  });

  it('forgets what cools down when the owner has spoken', () => {
    const { sensors, loop } = loopUnderTest();
    loop.start();
    sensors.set({ onBattery: true }, true);
    sensors.set({ onBattery: false }, true);
    expect(loop.decision.reasons).toMatchObject([{ code: 'settling' }]);
    loop.settle();
    loop.tick();
    expect(loop.decision).toMatchObject({ slots: 4, reasons: [] });
  });

  it('listens to nothing, and has no timer, once it is stopped', async () => {
    const { clock, sensors, loop } = loopUnderTest();
    loop.start();
    loop.stop();
    const before = sensors.reads;
    sensors.set({ onBattery: true }, true);
    loop.tick();
    await clock.advance(5000);
    expect([sensors.reads - before, sensors.listeners, clock.waiting]).toEqual([0, 0, 0]);
  });
});
