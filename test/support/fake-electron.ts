// SPDX-License-Identifier: MIT
import { EventEmitter } from 'node:events';

import type { ElectronApi } from '../../electron/electron-api.ts';
import { FakeBrowserWindow, FakeSession, FakeTray } from './fake-electron-window.ts';

/** What one fake was asked for, in order. */
export type Asked = readonly [what: string, ...values: unknown[]];

export class FakeApp extends EventEmitter {
  readonly asked: Asked[] = [];
  isPackaged = false;
  hasLock = true;
  locale = 'en-US';
  readonly dock = { hide: (): void => void this.asked.push(['dock.hide']) };

  setName(name: string): void {
    this.asked.push(['setName', name]);
  }
  setPath(name: string, path: string): void {
    this.asked.push(['setPath', name, path]);
  }
  getPath(name: string): string {
    return `/opt/Lull/${name}`;
  }
  readonly loginItem = { openAtLogin: false, wasOpenedAtLogin: false };
  /** what a system does whose owner forbids it */
  forbidsLoginItems = false;
  getLoginItemSettings(options: object = {}): object {
    this.asked.push(['getLoginItemSettings', options]);
    return this.loginItem;
  }
  setLoginItemSettings(settings: { openAtLogin: boolean }): void {
    this.asked.push(['setLoginItemSettings', settings]);
    if (!this.forbidsLoginItems) this.loginItem.openAtLogin = settings.openAtLogin;
  }
  getVersion(): string {
    return '0.1.0';
  }
  getLocale(): string {
    return this.locale;
  }
  requestSingleInstanceLock(): boolean {
    this.asked.push(['requestSingleInstanceLock']);
    return this.hasLock;
  }
  enableSandbox(): void {
    this.asked.push(['enableSandbox']);
  }
  whenReady(): Promise<void> {
    return Promise.resolve();
  }
  /** As Electron: asks the listeners first, and ends only when none prevents it. */
  quit(): void {
    this.asked.push(['quit']);
    const event = preventable();
    this.emit('before-quit', event);
    if (!event.defaultPrevented) this.asked.push(['ended']);
  }
  exit(code: number): void {
    this.asked.push(['exit', code]);
  }
  askedFor(what: string): Asked[] {
    return this.asked.filter(([name]) => name === what);
  }
}

/** An event as Electron gives it to a listener. */
export const preventable = <E extends object>(
  more?: E,
): E & { defaultPrevented: boolean; preventDefault(): void } => {
  const event = {
    ...(more as E),
    defaultPrevented: false,
    preventDefault(): void {
      event.defaultPrevented = true;
    },
  };
  return event;
};

export class FakeIpcMain {
  readonly handlers = new Map<string, (event: unknown, message: unknown) => Promise<unknown>>();

  handle(channel: string, handler: (event: unknown, message: unknown) => Promise<unknown>): void {
    if (this.handlers.has(channel)) throw new Error(`a second handler for ${channel}`);
    this.handlers.set(channel, handler);
  }
  removeHandler(channel: string): void {
    this.handlers.delete(channel);
  }
  /** As the window would: invokes the one handler. */
  async call(channel: string, event: unknown, message: unknown): Promise<unknown> {
    const handler = this.handlers.get(channel);
    if (handler === undefined) throw new Error(`no handler for ${channel}`);
    return handler(event, message);
  }
}

export class FakePowerMonitor extends EventEmitter {
  idleSeconds = 0;
  idleState: 'active' | 'idle' | 'locked' | 'unknown' = 'active';
  onBattery = false;
  thermalState: 'unknown' | 'nominal' | 'fair' | 'serious' | 'critical' = 'unknown';

  getCurrentThermalState(): string {
    return this.thermalState;
  }
  getSystemIdleTime(): number {
    return this.idleSeconds;
  }
  getSystemIdleState(threshold: number): string {
    if (!Number.isInteger(threshold) || threshold < 1) throw new TypeError('Invalid idle threshold');
    return this.idleState;
  }
  isOnBatteryPower(): boolean {
    return this.onBattery;
  }
}

export class FakePowerSaveBlocker {
  /** what is blocked now, by id */
  readonly blocks = new Map<number, string>();
  #ids = 0;

  start(type: string): number {
    this.blocks.set(this.#ids, type);
    return this.#ids++;
  }
  stop(id: number): boolean {
    return this.blocks.delete(id);
  }
  isStarted(id: number): boolean {
    return this.blocks.has(id);
  }
}

export interface FakeMenuItem {
  readonly id?: string;
  readonly label?: string;
  readonly type?: string;
  readonly enabled?: boolean;
  readonly checked?: boolean;
  readonly click?: () => void;
  readonly submenu?: readonly FakeMenuItem[];
}

/** Electron as far as the shell uses it; records what it is asked for, does nothing. */
export class FakeElectron {
  readonly app = new FakeApp();
  readonly errorBoxes: string[] = [];
  readonly dialog = { showErrorBox: (_title: string, text: string): void => void this.errorBoxes.push(text) };
  readonly ipcMain = new FakeIpcMain();
  readonly powerMonitor = new FakePowerMonitor();
  readonly powerSaveBlocker = new FakePowerSaveBlocker();
  readonly nativeTheme = Object.assign(new EventEmitter(), { shouldUseDarkColors: false });
  readonly schemes: unknown[] = [];
  readonly protocol = {
    registerSchemesAsPrivileged: (schemes: unknown): void => void this.schemes.push(schemes),
  };
  readonly workArea = { x: 0, y: 24, width: 1440, height: 876 };
  cursor = { x: 700, y: 400 };
  readonly screen = {
    getCursorScreenPoint: (): object => this.cursor,
    getDisplayNearestPoint: (): object => ({ workArea: this.workArea }),
  };
  readonly sessions = new Map<string, FakeSession>();
  readonly session = {
    fromPartition: (name: string): FakeSession => {
      const session = this.sessions.get(name) ?? new FakeSession();
      this.sessions.set(name, session);
      return session;
    },
  };
  readonly windows: FakeBrowserWindow[] = [];
  readonly trays: FakeTray[] = [];
  readonly Menu = { buildFromTemplate: (template: readonly FakeMenuItem[]): object => ({ template }) };
  readonly nativeImage = {
    createFromPath: (path: string): object => ({
      path,
      setTemplateImage: () => undefined,
      isEmpty: () => false,
    }),
  };
  readonly BrowserWindow: unknown;
  readonly Tray: unknown;
  /** Set by a test that starts children. */
  utilityProcess: unknown = {
    fork: (): never => {
      throw new Error('this test starts no children');
    },
  };

  constructor() {
    const { app, windows, trays } = this;
    this.BrowserWindow = class extends FakeBrowserWindow {
      constructor(options: Record<string, unknown>) {
        super(options);
        windows.push(this);
        app.emit('web-contents-created', {}, this.webContents);
      }
    };
    this.Tray = class extends FakeTray {
      constructor(image: unknown) {
        super(image);
        trays.push(this);
      }
    };
  }

  /** The one cast: the fakes have what the shell uses, not all that Electron has. */
  get api(): ElectronApi {
    return this as unknown as ElectronApi;
  }
}
