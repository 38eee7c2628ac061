// SPDX-License-Identifier: MIT
// What Lull uses of the package x11, which brings no types: https://github.com/sidorares/node-x11

declare module 'x11' {
  import type { EventEmitter } from 'node:events';

  type Reply<T> = (error: Error | null | undefined, value: T) => boolean | undefined;

  interface Property {
    readonly type: number;
    readonly data: Buffer;
  }

  interface WindowAttributes {
    /** 0: not on the screen, 1: below one that is not, 2: on the screen */
    readonly mapState: number;
    /** 1: shows something, 2: only takes input */
    readonly klass: number;
  }

  interface Geometry {
    readonly xPos: number;
    readonly yPos: number;
    readonly width: number;
    readonly height: number;
  }

  interface SystemCounter {
    readonly counter: number;
    readonly name: string;
  }

  interface SyncExtension {
    Initialize(major: number, minor: number, reply: Reply<readonly number[]>): void;
    ListSystemCounters(reply: Reply<readonly SystemCounter[]>): void;
    QueryCounter(counter: number, reply: Reply<number>): void;
    CreateAlarm(
      id: number,
      values: {
        readonly counter: number;
        readonly valueType: number;
        readonly value: number;
        readonly testType: number;
        readonly delta: number;
        readonly events: boolean;
      },
    ): void;
    readonly ValueType: { readonly Absolute: number };
    readonly TestType: { readonly NegativeTransition: number };
  }

  interface XEvent {
    readonly name: string;
    /** of an AlarmNotify */
    readonly alarm?: number;
    /** the window of a PropertyNotify */
    readonly wid?: number;
    readonly atom?: number;
  }

  interface Screen {
    readonly root: number;
    readonly pixel_width: number;
    readonly pixel_height: number;
  }

  interface XClient extends EventEmitter {
    /** what names stand for; the package lets all connections share one */
    atoms: Readonly<Record<string, number>>;
    require(name: 'sync', reply: Reply<SyncExtension>): void;
    AllocID(): number;
    InternAtom(onlyIfExists: boolean, name: string, reply: Reply<number>): void;
    QueryExtension(name: string, reply: Reply<{ readonly present: number | boolean }>): void;
    GetProperty(
      remove: number,
      window: number,
      property: number,
      type: number,
      offset: number,
      length: number,
      reply: Reply<Property>,
    ): void;
    ChangeWindowAttributes(
      window: number,
      values: { readonly eventMask: number },
      reply: (error: Error | null | undefined) => boolean | undefined,
    ): void;
    QueryTree(window: number, reply: Reply<{ readonly children: readonly number[] }>): void;
    GetWindowAttributes(window: number, reply: Reply<WindowAttributes>): void;
    GetGeometry(window: number, reply: Reply<Geometry>): void;
    terminate(): void;
  }

  interface Display {
    readonly client: XClient;
    readonly screen: readonly Screen[];
  }

  interface EventMask {
    readonly PropertyChange: number;
    readonly SubstructureNotify: number;
  }

  export const eventMask: EventMask;
  export function createClient(
    options: { readonly display: string; readonly shm: false; readonly disableBigRequests: true },
    reply: (error: Error | undefined, display: Display) => void,
  ): XClient;
}
