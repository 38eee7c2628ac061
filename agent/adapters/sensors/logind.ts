// SPDX-License-Identifier: MIT
import { z } from 'zod';

import type { Ask, Told, WatchedService } from './dbus.ts';

const SERVICE = 'org.freedesktop.login1';
const MANAGER_PATH = '/org/freedesktop/login1';
const MANAGER = 'org.freedesktop.login1.Manager';
const SESSION = 'org.freedesktop.login1.Session';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

const hintsSchema = z.object({
  IdleHint: z.boolean().optional(),
  /** µs since the epoch */
  IdleSinceHint: z.number().optional(),
  LockedHint: z.boolean().optional(),
});
type Hints = z.infer<typeof hintsSchema>;

const managerSchema = z.object({
  PreparingForSleep: z.boolean().optional(),
  PreparingForShutdown: z.boolean().optional(),
  /** what is inhibited, as `sleep:idle` */
  BlockInhibited: z.string().optional(),
});
type Manager = z.infer<typeof managerSchema>;

/** id, uid, name, seat, path */
const sessionsSchema = z.array(z.tuple([z.string(), z.number(), z.string(), z.string(), z.string()]));
/** what, who, why, mode, uid, pid */
const inhibitorsSchema = z.array(
  z.tuple([z.string(), z.string(), z.string(), z.string(), z.number(), z.number()]),
);

/** What logind says of every session, and of the computer going to sleep. */
export class Logind implements WatchedService {
  readonly name = SERVICE;
  // It says little: sessions that come and go, their hints, sleep and shutdown.
  readonly signals = ["path_namespace='/org/freedesktop/login1'"];
  readonly #changed: () => void;
  #ask: Ask | undefined;
  #manager: Manager | undefined;
  #keepsScreenOn: boolean | undefined;
  /** by path */
  readonly #sessions = new Map<string, { readonly id: string; readonly hints: Hints }>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Since when this session says it is idle, ms since the epoch; undefined: it does not say so. */
  idleSince(id: string): number | undefined {
    const { IdleHint, IdleSinceHint } = this.#hints(id) ?? {};
    return IdleHint === true && IdleSinceHint !== undefined && IdleSinceHint > 0
      ? IdleSinceHint / 1000
      : undefined;
  }

  locked(id: string): boolean | undefined {
    return this.#hints(id)?.LockedHint;
  }

  /** undefined: logind is not there */
  get goingToSleep(): boolean | undefined {
    if (this.#manager === undefined) return undefined;
    return this.#manager.PreparingForSleep === true || this.#manager.PreparingForShutdown === true;
  }

  /** Whether a program asks logind not to take the computer for idle. */
  get keepsScreenOn(): boolean | undefined {
    return this.#keepsScreenOn;
  }

  async appeared(ask: Ask): Promise<void> {
    this.#ask = ask;
    await this.#readManager(ask);
    await this.#readSessions(ask);
    await this.#readInhibitors(ask);
  }

  vanished(): void {
    this.#ask = undefined;
    this.#manager = undefined;
    this.#keepsScreenOn = undefined;
    this.#sessions.clear();
  }

  told({ path, member, body, ...from }: Told): void {
    if (member === 'PrepareForSleep')
      this.#manager = { ...this.#manager, PreparingForSleep: body[0] === true };
    else if (member === 'PrepareForShutdown')
      this.#manager = { ...this.#manager, PreparingForShutdown: body[0] === true };
    // A wish that is not always followed: only the careful half of it is believed before the session says so itself.
    else if (member === 'Unlock' && from.interface === SESSION) this.#unlock(path);
    else if (member === 'Lock') this.#again((ask) => this.#readSession(ask, path));
    else if (member === 'SessionNew' || member === 'SessionRemoved')
      this.#again((ask) => this.#readSessions(ask));
    else if (from.interface === PROPERTIES && path === MANAGER_PATH)
      this.#again((ask) => this.#readInhibitors(ask));
    else if (from.interface === PROPERTIES && this.#sessions.has(path)) this.#hinted(path, body);
    else return;
    this.#changed();
  }

  #hints(id: string): Hints | undefined {
    return [...this.#sessions.values()].find((session) => session.id === id)?.hints;
  }

  #unlock(path: string): void {
    const session = this.#sessions.get(path);
    if (session !== undefined)
      this.#sessions.set(path, { ...session, hints: { ...session.hints, LockedHint: false } });
  }

  #hinted(path: string, [from, values, forgotten]: readonly unknown[]): void {
    const session = this.#sessions.get(path);
    const hints = hintsSchema.safeParse(values);
    if (from !== SESSION || session === undefined || !hints.success) return;
    this.#sessions.set(path, { ...session, hints: { ...session.hints, ...hints.data } });
    if (Array.isArray(forgotten) && forgotten.length > 0) this.#again((ask) => this.#readSession(ask, path));
  }

  /** Asks again what a signal has only hinted at. */
  #again(read: (ask: Ask) => Promise<void>): void {
    const ask = this.#ask;
    if (ask === undefined) return;
    read(ask)
      .then(() => this.#changed())
      // It went away meanwhile, or the session did: the next signal tells more.
      .catch(() => undefined);
  }

  async #readManager(ask: Ask): Promise<void> {
    this.#manager = managerSchema.parse(await getAll(ask, MANAGER_PATH, MANAGER));
  }

  async #readSessions(ask: Ask): Promise<void> {
    const list = { path: MANAGER_PATH, interface: MANAGER, member: 'ListSessions' };
    const sessions = sessionsSchema.parse(await ask(list));
    const paths = new Set(sessions.map(([, , , , path]) => path));
    for (const path of this.#sessions.keys()) if (!paths.has(path)) this.#sessions.delete(path);
    for (const [id, , , , path] of sessions) {
      this.#sessions.set(path, { id, hints: this.#sessions.get(path)?.hints ?? {} });
      await this.#readSession(ask, path);
    }
  }

  async #readSession(ask: Ask, path: string): Promise<void> {
    const hints = hintsSchema.parse(await getAll(ask, path, SESSION));
    const session = this.#sessions.get(path);
    if (session !== undefined) this.#sessions.set(path, { ...session, hints });
  }

  async #readInhibitors(ask: Ask): Promise<void> {
    const list = { path: MANAGER_PATH, interface: MANAGER, member: 'ListInhibitors' };
    const inhibitors = inhibitorsSchema.parse(await ask(list));
    this.#keepsScreenOn = inhibitors.some(
      ([what, , , mode]) => mode.startsWith('block') && what.split(':').includes('idle'),
    );
  }
}

const getAll = (ask: Ask, path: string, from: string): Promise<unknown> =>
  ask({ path, interface: PROPERTIES, member: 'GetAll', signature: 's', body: [from] });
