// SPDX-License-Identifier: MIT
import type { Ask, Told, WatchedService } from './dbus.ts';

const PROPERTIES = 'org.freedesktop.DBus.Properties';

interface PropertiesParts {
  readonly name: string;
  readonly path: string;
  readonly interface: string;
  /** more of its signals than those of its properties */
  readonly signals?: readonly string[];
  readonly told?: (signal: Told) => void;
  readonly changed: () => void;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The properties of one object on a bus, kept up to date by its own signals. */
export class Properties implements WatchedService {
  readonly name: string;
  readonly signals: readonly string[];
  readonly #parts: PropertiesParts;
  #values: Readonly<Record<string, unknown>> | undefined;
  #ask: Ask | undefined;

  constructor(parts: PropertiesParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.signals = [
      `path='${parts.path}',interface='${PROPERTIES}',member='PropertiesChanged',arg0='${parts.interface}'`,
      ...(parts.signals ?? []),
    ];
  }

  /** Whether the service is there. */
  get known(): boolean {
    return this.#values !== undefined;
  }

  bool(name: string): boolean | undefined {
    const value = this.#values?.[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values?.[name];
    return typeof value === 'number' ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.#values?.[name];
    return typeof value === 'string' ? value : undefined;
  }

  async appeared(ask: Ask): Promise<void> {
    this.#ask = ask;
    await this.#readAll(ask);
  }

  vanished(): void {
    this.#values = undefined;
    this.#ask = undefined;
  }

  told(signal: Told): void {
    const { path, body } = signal;
    const ours = signal.interface === PROPERTIES && path === this.#parts.path;
    if (!ours || body[0] !== this.#parts.interface) {
      this.#parts.told?.(signal);
      return;
    }
    if (this.#values !== undefined && isRecord(body[1])) this.#values = { ...this.#values, ...body[1] };
    this.#parts.changed();
    const ask = this.#ask;
    if (ask !== undefined && Array.isArray(body[2]) && body[2].length > 0)
      this.#readAll(ask)
        .then(() => this.#parts.changed())
        .catch(() => this.vanished());
  }

  async #readAll(ask: Ask): Promise<void> {
    const { path } = this.#parts;
    const call = { path, interface: PROPERTIES, member: 'GetAll', signature: 's' };
    const values = await ask({ ...call, body: [this.#parts.interface] });
    if (this.#ask === ask) this.#values = isRecord(values) ? values : undefined;
  }
}
