// SPDX-License-Identifier: MIT
import type { Display, EventMask, Geometry, Property, WindowAttributes, XClient, XEvent } from 'x11';

import { askX11, type X11Watch } from './x11-display.ts';

const VIEWABLE = 2;
const SHOWS_SOMETHING = 1;
const ANY_TYPE = 0;

/** What it has to be told by: properties of the root window and of the one that is in front. */
interface Atoms {
  readonly _NET_ACTIVE_WINDOW: number;
  readonly _NET_WM_STATE: number;
  readonly _NET_WM_STATE_FULLSCREEN: number;
  readonly _NET_SUPPORTING_WM_CHECK: number;
}

interface Watched {
  readonly display: Display;
  readonly client: XClient;
  readonly root: number;
  readonly atoms: Atoms;
  readonly eventMask: EventMask;
  readonly changed: () => void;
}

/**
 * Whether the window in front fills the screen, as the window manager says; without one, whether any window does. It is
 * told by event.
 */
export class X11FullScreen implements X11Watch {
  #watched: Watched | undefined;
  #front = 0;
  #full: boolean | undefined;
  #managed: boolean | undefined;
  #looking = false;
  #again = false;

  /** undefined: it is not known */
  get full(): boolean | undefined {
    return this.#full;
  }

  async begin(display: Display, changed: () => void): Promise<void> {
    const [screen] = display.screen;
    if (screen === undefined) throw new Error('The display has no screen.');
    const { client } = display;
    const { eventMask } = await import('x11');
    const atom = (name: string): Promise<number> => askX11((reply) => client.InternAtom(false, name, reply));
    const atoms: Atoms = {
      _NET_ACTIVE_WINDOW: await atom('_NET_ACTIVE_WINDOW'),
      _NET_WM_STATE: await atom('_NET_WM_STATE'),
      _NET_WM_STATE_FULLSCREEN: await atom('_NET_WM_STATE_FULLSCREEN'),
      _NET_SUPPORTING_WM_CHECK: await atom('_NET_SUPPORTING_WM_CHECK'),
    };
    const watched = { display, client, eventMask, root: screen.root, atoms, changed };
    this.#watched = watched;
    client.on('event', (event: XEvent) => {
      if (this.#watched === watched && this.#concerns(watched, event))
        this.#look(watched).catch(() => undefined);
    });
    await this.#select(watched, screen.root, eventMask.PropertyChange);
    await this.#look(watched);
  }

  end(): void {
    this.#watched = undefined;
    this.#full = undefined;
    this.#front = 0;
    this.#managed = undefined;
    this.#looking = false;
  }

  #concerns({ root, atoms }: Watched, { name, wid, atom }: XEvent): boolean {
    if (name !== 'PropertyNotify') return /^(Map|Unmap|Configure|Destroy)Notify$/.test(name);
    if (wid === root) return atom === atoms._NET_ACTIVE_WINDOW || atom === atoms._NET_SUPPORTING_WM_CHECK;
    return wid === this.#front && atom === atoms._NET_WM_STATE;
  }

  /** Looks again; what happens meanwhile is looked at after that. */
  async #look(watched: Watched): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    const before = this.#full;
    try {
      do {
        this.#again = false;
        await this.#read(watched);
      } while (this.#again && this.#watched === watched);
    } catch {
      // It could not be found out: a window went away, or the display.
      if (this.#watched === watched) this.#full = undefined;
    }
    if (this.#watched !== watched) return;
    this.#looking = false;
    if (this.#full !== before) watched.changed();
  }

  async #read(watched: Watched): Promise<void> {
    const { root, atoms, eventMask } = watched;
    const { PropertyChange, SubstructureNotify } = eventMask;
    const managed = (await words(watched, root, atoms._NET_SUPPORTING_WM_CHECK)).length > 0;
    // A window manager tells what matters; every move of a window is only wanted without one.
    if (managed !== this.#managed)
      await this.#select(watched, root, managed ? PropertyChange : PropertyChange | SubstructureNotify);
    const [front = 0] = managed ? await words(watched, root, atoms._NET_ACTIVE_WINDOW) : [];
    if (front !== 0 && front !== this.#front)
      await this.#select(watched, front, PropertyChange).catch(() => undefined);
    if (this.#watched !== watched) return;
    this.#managed = managed;
    this.#front = front;
    const full = !managed
      ? await anyFills(watched)
      : front !== 0 &&
        (await words(watched, front, atoms._NET_WM_STATE)).includes(atoms._NET_WM_STATE_FULLSCREEN);
    if (this.#watched === watched) this.#full = full;
  }

  #select({ client }: Watched, window: number, events: number): Promise<void> {
    return askX11<unknown>((reply) =>
      client.ChangeWindowAttributes(window, { eventMask: events }, (error) => reply(error, undefined)),
    ).then(() => undefined);
  }
}

/** A property that is a list of 32-bit numbers; empty where there is none, or the window has gone. */
async function words({ client }: Watched, window: number, property: number): Promise<number[]> {
  try {
    const { data } = await askX11<Property>((reply) =>
      client.GetProperty(0, window, property, ANY_TYPE, 0, 64, reply),
    );
    return Array.from({ length: Math.floor(data.length / 4) }, (_, index) => data.readUInt32LE(index * 4));
  } catch {
    return [];
  }
}

/** Whether a window that can be seen fills the whole screen. */
async function anyFills({ client, root, display }: Watched): Promise<boolean> {
  const screen = display.screen[0];
  const { children } = await askX11<{ readonly children: readonly number[] }>((reply) =>
    client.QueryTree(root, reply),
  );
  const fills = children.map(async (window) => {
    try {
      const { mapState, klass } = await askX11<WindowAttributes>((reply) =>
        client.GetWindowAttributes(window, reply),
      );
      if (mapState !== VIEWABLE || klass !== SHOWS_SOMETHING || screen === undefined) return false;
      const { xPos, yPos, width, height } = await askX11<Geometry>((reply) =>
        client.GetGeometry(window, reply),
      );
      return (
        xPos <= 0 && yPos <= 0 && xPos + width >= screen.pixel_width && yPos + height >= screen.pixel_height
      );
    } catch {
      // It went away between the two questions.
      return false;
    }
  });
  return (await Promise.all(fills)).includes(true);
}
