// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, type MessageBus } from 'dbus-native';

import { eventually } from './eventually.ts';

const MOCK = 'org.freedesktop.DBus.Mock';

/** Ends a program that a test has started, and waits until it is gone. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** A bus of its own with programs on it that python-dbusmock plays; it serves as the system's and as the session's. */
export class PrivateBus implements AsyncDisposable {
  readonly address: string;
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];
  #daemon: ChildProcess;
  #client: MessageBus;

  private constructor(folder: string, daemon: ChildProcess) {
    this.#folder = folder;
    this.#daemon = daemon;
    this.address = `unix:path=${join(folder, 'bus')}`;
    this.#client = createClient({ busAddress: this.address, returnBigInt: false });
  }

  static async start(): Promise<PrivateBus> {
    const folder = await mkdtemp(join(tmpdir(), 'lull-bus-'));
    return new PrivateBus(folder, await startDaemon(folder));
  }

  /** What a program needs to know to find it. */
  get env(): NodeJS.ProcessEnv {
    return { DBUS_SYSTEM_BUS_ADDRESS: this.address, DBUS_SESSION_BUS_ADDRESS: this.address };
  }

  /** Has a program of dbusmock's own templates there. */
  async template(name: string, busName: string): Promise<ChildProcess> {
    return this.#mock(busName, ['--template', name]);
  }

  /** Has a program there that is taught with `addMethod` what it answers. */
  async program(busName: string, path: string, of: string): Promise<ChildProcess> {
    return this.#mock(busName, [busName, path, of]);
  }

  /** @param code Python that sets `ret` */
  async addMethod(
    busName: string,
    path: string,
    [of, member, takes, gives, code]: readonly [string, string, string, string, string],
  ): Promise<void> {
    await this.call(busName, path, [MOCK, 'AddMethod'], 'sssss', [of, member, takes, gives, code]);
  }

  /** Has a real program there. */
  async real(busName: string, command: string, args: readonly string[]): Promise<ChildProcess> {
    return this.#run(busName, command, args);
  }

  /** Gives the program a property that its template has not. */
  async addProperty(
    busName: string,
    path: string,
    of: string,
    name: string,
    value: readonly [string, unknown],
  ): Promise<void> {
    await this.call(busName, path, [MOCK, 'AddProperty'], 'ssv', [of, name, value]);
  }

  /** Says a signal. @param body each with its own signature, as `['u', 3]` */
  async emit(
    busName: string,
    path: string,
    [of, member]: readonly [string, string],
    signature = '',
    body: readonly (readonly [string, unknown])[] = [],
  ): Promise<void> {
    await this.call(busName, path, [MOCK, 'EmitSignal'], 'sssav', [of, member, signature, body]);
  }

  /** Changes properties and says so. @param values each with its own signature */
  async update(
    busName: string,
    path: string,
    of: string,
    values: Readonly<Record<string, readonly [string, unknown]>>,
  ): Promise<void> {
    await this.call(busName, path, [MOCK, 'UpdateProperties'], 'sa{sv}', [of, Object.entries(values)]);
  }

  async call(
    destination: string,
    path: string,
    [of, member]: readonly [string, string],
    signature = '',
    body: readonly unknown[] = [],
  ): Promise<unknown> {
    const call = { destination, path, interface: of, member };
    const answer: unknown = await this.#client.invoke(
      signature === '' ? call : { ...call, signature, body: [...body] },
    );
    return answer;
  }

  /** The bus itself ends, and everything on it, and begins anew. */
  async restart(): Promise<void> {
    this.#client.connection.on('error', () => undefined);
    await ended(this.#daemon);
    await Promise.all(this.#children.splice(0).map(ended));
    this.#daemon = await startDaemon(this.#folder);
    this.#client = createClient({ busAddress: this.address, returnBigInt: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.connection.on('error', () => undefined);
    await this.#client.close();
    await Promise.all(this.#children.map(ended));
    await ended(this.#daemon);
    await rm(this.#folder, { recursive: true });
  }

  async #mock(busName: string, args: readonly string[]): Promise<ChildProcess> {
    // Debian's own python has it, whatever else PATH has.
    return this.#run(busName, '/usr/bin/python3', ['-m', 'dbusmock', ...args]);
  }

  async #run(busName: string, command: string, args: readonly string[]): Promise<ChildProcess> {
    const child = spawn(command, args, {
      env: { ...process.env, ...this.env },
      stdio: 'ignore',
    });
    this.#children.push(child);
    await eventually(`${busName} on the bus`, async () => await this.#client.nameHasOwner(busName));
    return child;
  }
}

async function startDaemon(folder: string): Promise<ChildProcess> {
  const address = `unix:path=${join(folder, 'bus')}`;
  await rm(join(folder, 'bus'), { force: true });
  const args = ['--session', '--nofork', '--print-address', `--address=${address}`];
  const daemon = spawn('dbus-daemon', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(daemon.stdout, 'data');
  return daemon;
}
