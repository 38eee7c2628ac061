// SPDX-License-Identifier: MIT
import { EventEmitter } from 'node:events';

/** What answers a request for a window. */
type WindowOpenHandler = (details: { url: string }) => { action: string };
type PermissionHandler = (contents: unknown, permission: string, answer: (granted: boolean) => void) => void;
type RequestHandler = (details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void;

export class FakeWebContents extends EventEmitter {
  readonly sent: { channel: string; message: unknown }[] = [];
  readonly mainFrame = { origin: 'lull://app', url: 'lull://app/index.html' };
  windowOpenHandler: WindowOpenHandler | undefined;

  send(channel: string, message: unknown): void {
    this.sent.push({ channel, message: structuredClone(message) });
  }
  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.windowOpenHandler = handler;
  }
}

export class FakeBrowserWindow extends EventEmitter {
  readonly options: Record<string, unknown>;
  readonly webContents = new FakeWebContents();
  readonly loaded: string[] = [];
  bounds: unknown;
  focused = false;
  #visible = false;
  #destroyed = false;

  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
  }
  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    await Promise.resolve();
    this.emit('ready-to-show');
  }
  setBounds(bounds: unknown): void {
    this.bounds = bounds;
  }
  show(): void {
    this.#visible = true;
    this.emit('show');
  }
  focus(): void {
    this.focused = true;
  }
  hide(): void {
    if (!this.#visible) return;
    this.#visible = false;
    this.focused = false;
    this.emit('hide');
  }
  isVisible(): boolean {
    if (this.#destroyed) throw new TypeError('Object has been destroyed');
    return this.#visible;
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
  destroy(): void {
    this.#visible = false;
    this.#destroyed = true;
    this.emit('closed');
  }
}

export class FakeSession extends EventEmitter {
  permissionRequest: PermissionHandler | undefined;
  permissionCheck: (() => boolean) | undefined;
  devicePermission: (() => boolean) | undefined;
  displayMedia: ((request: unknown, answer: (streams: object) => void) => void) | undefined;
  beforeRequest: RequestHandler | undefined;
  spellChecker: boolean | undefined;
  readonly handled = new Map<string, (request: Request) => Promise<Response>>();
  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Promise<Response>): void => {
      this.handled.set(scheme, handler);
    },
  };
  readonly webRequest = {
    onBeforeRequest: (handler: RequestHandler): void => {
      this.beforeRequest = handler;
    },
  };
  setPermissionRequestHandler(handler: PermissionHandler): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: () => boolean): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: () => boolean): void {
    this.devicePermission = handler;
  }
  setDisplayMediaRequestHandler(
    handler: (request: unknown, answer: (streams: object) => void) => void,
  ): void {
    this.displayMedia = handler;
  }
  setSpellCheckerEnabled(enabled: boolean): void {
    this.spellChecker = enabled;
  }
}

export class FakeTray extends EventEmitter {
  image: unknown;
  toolTip = '';
  menu: unknown;
  poppedUp: unknown[] = [];
  bounds = { x: 1200, y: 0, width: 24, height: 24 };
  #destroyed = false;

  constructor(image: unknown) {
    super();
    this.image = image;
  }
  setImage(image: unknown): void {
    this.image = image;
  }
  setToolTip(text: string): void {
    this.toolTip = text;
  }
  setContextMenu(menu: unknown): void {
    this.menu = menu;
  }
  popUpContextMenu(menu: unknown): void {
    this.poppedUp.push(menu);
  }
  getBounds(): object {
    return this.bounds;
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
  destroy(): void {
    this.#destroyed = true;
  }
}
