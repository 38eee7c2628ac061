// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hostSensors } from '../../agent/adapters/sensors/host-sensors.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import type { Sensors } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { eventually } from '../support/eventually.ts';
import { FakeRoot } from '../support/fake-root.ts';
import { needs } from '../support/needs.ts';
import { sensorsContract } from '../support/sensors-contract.ts';
import { TestClock } from '../support/test-clock.ts';
import { X11Client } from '../support/x11-client.ts';
import { Xvfb } from '../support/xvfb.ts';

const missing = needs('xvfb', 'xdotool');

let server: Xvfb;
let root: FakeRoot;
let some: Sensors;
let events: number;

const make = (env: NodeJS.ProcessEnv, clock = systemClock): Sensors => {
  some = hostSensors({
    clock,
    logger: silentLogger,
    dataFolder: root.path,
    platform: 'linux',
    env: { DBUS_SESSION_BUS_ADDRESS: 'none', ...env },
    root: root.path,
  });
  some.onChange(() => events++);
  return some;
};
const start = async (env: NodeJS.ProcessEnv = { DISPLAY: server.display }): Promise<Sensors> => {
  await make(env).start(new AbortController().signal);
  return some;
};
const idle = (): number => some.read().idleSeconds ?? -1;

describe.skipIf(!missing.ok)(`on an X11 display${missing.ok ? '' : ` (${missing.reason})`}`, () => {
  beforeEach(async () => {
    root = new FakeRoot();
    server = await Xvfb.start();
    events = 0;
  });

  afterEach(async () => {
    await some.stop();
    await server[Symbol.asyncDispose]();
    root[Symbol.dispose]();
  });

  it('tells of the first key by event, long before anybody would have asked again', async () => {
    await start();
    await eventually('nobody has typed for a while', () => idle() > 1.2);
    events = 0;
    const pressed = performance.now();
    await server.press('a');
    await eventually('an event', () => events > 0);
    const seen = idle();
    expect(seen).toBeGreaterThanOrEqual(0);
    expect(seen).toBeLessThan((performance.now() - pressed) / 1000 + 0.1);
    await eventually('nobody has typed for a while again', () => idle() > 1.2);
    events = 0;
    await server.press('b');
    await eventually('another event', () => events > 0);
  });

  it('counts whoever typed last, at the display or at a terminal', async () => {
    root.typedAt('dev/pts/0', Date.now(), 5000);
    await start();
    await eventually('the display is known', () => idle() >= 0);
    expect(idle()).toBeLessThan(60);
    await eventually('nobody has typed for a while', () => idle() > 1.2);
    root.typedAt('dev/pts/0', Date.now(), 0);
    await eventually('the terminal counts', () => idle() < 1.2);
  });

  it('is unknown while another graphical session is not seen', async () => {
    await start();
    await eventually('the display is known', () => idle() >= 0);
    root.session('c2', { TYPE: 'wayland', UID: 4711 });
    await eventually('it is unknown', () => some.read().idleSeconds === null);
    root.session('c2', { TYPE: 'wayland', UID: 4711, ACTIVE: 0 });
    await eventually('a session that was switched away from does not count', () => idle() >= 0);
  });

  it('believes nothing of a display that belongs to Wayland, or to another computer', async () => {
    await start({ DISPLAY: server.display, WAYLAND_DISPLAY: 'wayland-0' });
    expect(some.read()).toMatchObject({ idleSeconds: null, fullScreen: null });
    await some.stop();
    root.typedAt('dev/pts/0', Date.now(), 5000);
    await start({ DISPLAY: 'localhost:10.0' });
    expect(some.read()).toMatchObject({ fullScreen: false, screenLocked: false });
    expect(idle()).toBeGreaterThan(4000);
  });

  it('is unknown when the display has gone, and known again when it is back', async () => {
    const clock = new TestClock();
    await make({ DISPLAY: server.display }, clock).start(new AbortController().signal);
    await eventually('the display is known', () => idle() >= 0);
    const { display } = server;
    await server[Symbol.asyncDispose]();
    await eventually('it is unknown', () => some.read().idleSeconds === null);
    expect(some.read().fullScreen).toBeNull();
    server = await Xvfb.start(display);
    expect(clock.waiting).toBe(0);
    await clock.advance(11_000);
    await eventually('the display is known again', () => idle() >= 0);
  });

  it('sees a window that fills the screen, by event, where no window manager tells', async () => {
    await start();
    await eventually('nothing fills it', () => some.read().fullScreen === false);
    using program = await X11Client.connect(server.display);
    program.open(10, 10, 100, 100);
    const full = program.open(0, 0, 800, 600);
    events = 0;
    await eventually('an event', () => events > 0 && some.read().fullScreen === true);
    program.hide(full);
    await eventually('nothing fills it', () => some.read().fullScreen === false);
  });

  it('is told by the window manager which window is in front and whether it is full screen', async () => {
    using program = await X11Client.connect(server.display);
    const manager = program.open(0, 0, 1, 1);
    const film = program.open(0, 0, 800, 600);
    await program.tell(program.root, '_NET_SUPPORTING_WM_CHECK', [manager], true);
    await program.tell(program.root, '_NET_ACTIVE_WINDOW', [manager], true);
    await start();
    await eventually('a window that is merely large does not count', () => some.read().fullScreen === false);
    await program.tell(film, '_NET_WM_STATE', ['_NET_WM_STATE_FULLSCREEN']);
    await program.tell(program.root, '_NET_ACTIVE_WINDOW', [film], true);
    await eventually('the film is in front', () => some.read().fullScreen === true);
    events = 0;
    await program.tell(film, '_NET_WM_STATE', []);
    await eventually('by event, it is not full screen', () => events > 0 && some.read().fullScreen === false);
    await program.tell(film, '_NET_WM_STATE', ['_NET_WM_STATE_ABOVE', '_NET_WM_STATE_FULLSCREEN']);
    await eventually('it is again', () => some.read().fullScreen === true);
    await program.tell(program.root, '_NET_ACTIVE_WINDOW', [0], true);
    await eventually('the desktop is in front', () => some.read().fullScreen === false);
  });

  describe('as any other adapter', () => sensorsContract(() => make({ DISPLAY: server.display })));
});
