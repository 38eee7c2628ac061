// SPDX-License-Identifier: MIT
import { createClient, type Display } from 'x11';

import { askX11 } from '../../agent/adapters/sensors/x11-display.ts';

declare module 'x11' {
  interface XClient {
    CreateWindow(id: number, parent: number, x: number, y: number, width: number, height: number): void;
    MapWindow(window: number): void;
    UnmapWindow(window: number): void;
    ChangeProperty(mode: 0, window: number, name: number, type: number, bits: 32, data: Buffer): void;
    DeleteProperty(window: number, name: number): void;
  }
}

const ATOM = 4;
const WINDOW = 33;

/** A program with windows, which plays the window manager as well. */
export class X11Client implements Disposable {
  readonly #display: Display;

  private constructor(display: Display) {
    this.#display = display;
  }

  static connect(name: string): Promise<X11Client> {
    return new Promise((resolve, reject) => {
      const options = { display: name, shm: false, disableBigRequests: true } as const;
      const client = createClient(options, (error, display) => {
        if (error) return reject(error);
        client.atoms = { ...client.atoms };
        resolve(new X11Client(display));
      });
      client.on('error', () => undefined);
    });
  }

  get root(): number {
    return this.#display.screen[0]?.root ?? 0;
  }

  /** @returns its id; it is shown at once */
  open(x: number, y: number, width: number, height: number): number {
    const { client } = this.#display;
    const window = client.AllocID();
    client.CreateWindow(window, this.root, x, y, width, height);
    client.MapWindow(window);
    return window;
  }

  hide(window: number): void {
    this.#display.client.UnmapWindow(window);
  }

  /** Says something of a window as a window manager does. */
  async tell(
    window: number,
    name: string,
    values: readonly (number | string)[],
    windows = false,
  ): Promise<void> {
    const { client } = this.#display;
    const data = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries())
      data.writeUInt32LE(typeof value === 'number' ? value : await this.#atom(value), index * 4);
    client.ChangeProperty(0, window, await this.#atom(name), windows ? WINDOW : ATOM, 32, data);
  }

  [Symbol.dispose](): void {
    this.#display.client.terminate();
  }

  #atom(name: string): Promise<number> {
    return askX11((reply) => this.#display.client.InternAtom(false, name, reply));
  }
}
