// SPDX-License-Identifier: MIT
import type {
  BrowserWindow,
  BrowserWindowConstructorOptions,
  Rectangle,
  WebContents,
  WebFrameMain,
} from 'electron';

import type { Clock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import { APP_ORIGIN, APP_SCHEME, appProtocolHandler } from './app-protocol.ts';
import type { ElectronApi } from './electron-api.ts';
import { hardenContents, hardenSession } from './hardening.ts';
import { placeWindow } from './window-place.ts';

/** A hidden window gives its memory back after this long. */
export const DESTROY_AFTER_HIDDEN_MS = 60_000;
/** A blur this short ago was caused by the click on the tray icon itself. */
const SAME_CLICK_MS = 250;
const SIZE = { width: 420, height: 680 };

/** No prefix `persist:`: the window leaves nothing on disk. */
const PARTITION = 'lull-window';

export interface WindowsOptions {
  readonly rendererDir: string;
  readonly preload: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  /** Where the tray icon is, when the system says so. */
  readonly trayBounds: () => Rectangle | undefined;
  /** Whether the window stays when the owner looks elsewhere: the first-run screen does. */
  readonly staysOnBlur: () => boolean;
}

type Api = Pick<ElectronApi, 'app' | 'BrowserWindow' | 'nativeTheme' | 'screen' | 'session'>;

/** The only place that makes a BrowserWindow; there is at most one. */
export class Windows {
  readonly #api: Api;
  readonly #options: WindowsOptions;
  #window: BrowserWindow | undefined;
  #cancelDestroy: (() => void) | undefined;
  #hiddenAt = Number.NEGATIVE_INFINITY;
  #prepared = false;
  readonly #shownListeners = new Set<() => void>();

  constructor(api: Api, options: WindowsOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** Hardens the window's session and everything that may ever become web contents. Once, when the app is ready. */
  prepare(): void {
    if (this.#prepared) return;
    this.#prepared = true;
    const session = this.#api.session.fromPartition(PARTITION);
    hardenSession(session, this.#options.logger);
    session.protocol.handle(APP_SCHEME, appProtocolHandler(this.#options.rendererDir));
    this.#api.app.on('web-contents-created', (_event, contents) =>
      hardenContents(contents, this.#options.logger),
    );
  }

  /** Shows the window under the tray icon, making it when there is none. */
  show(): void {
    this.prepare();
    this.#keep();
    const window = this.#living();
    if (window === undefined) return this.#make();
    this.#reveal(window);
  }

  hide(): void {
    this.#living()?.hide();
  }

  /** A click on the tray icon. */
  toggle(): void {
    // The click has already blurred and so hidden the window: it must not come back at once.
    if (this.#options.clock.monotonic() - this.#hiddenAt < SAME_CLICK_MS) return;
    if (this.isShown()) this.hide();
    else this.show();
  }

  isShown(): boolean {
    return this.#living()?.isVisible() === true;
  }

  destroy(): void {
    this.#keep();
    this.#living()?.destroy();
    this.#window = undefined;
  }

  /** Whether a message comes from the top page of our own window and from no other page, frame or contents. */
  isOwnFrame(sender: WebContents, frame: WebFrameMain | null): boolean {
    const window = this.#living();
    if (window === undefined || frame === null || sender !== window.webContents) return false;
    return frame === window.webContents.mainFrame && frame.origin === APP_ORIGIN;
  }

  /** Sends to the window only while it can be seen. @returns whether it was sent */
  sendIfShown(channel: string, message: unknown): boolean {
    if (!this.isShown()) return false;
    this.#window?.webContents.send(channel, message);
    return true;
  }

  /** @returns stops listening */
  onShown(listener: () => void): () => void {
    this.#shownListeners.add(listener);
    return () => this.#shownListeners.delete(listener);
  }

  #living(): BrowserWindow | undefined {
    return this.#window?.isDestroyed() === false ? this.#window : undefined;
  }

  #make(): void {
    const window = new this.#api.BrowserWindow(this.#windowOptions());
    this.#window = window;
    window.once('ready-to-show', () => this.#reveal(window));
    window.on('blur', () => {
      if (!this.#options.staysOnBlur()) window.hide();
    });
    window.on('hide', () => this.#forget(window));
    window.on('show', () => {
      for (const listener of this.#shownListeners) listener();
    });
    window.on('close', (event) => {
      event.preventDefault();
      window.hide();
    });
    window.loadURL(`${APP_ORIGIN}/index.html`).catch((error: unknown) => {
      this.#options.logger.error('The window could not load its page.', { error: String(error) });
    });
  }

  #reveal(window: BrowserWindow): void {
    if (window.isDestroyed()) return;
    const tray = this.#options.trayBounds();
    const point =
      tray !== undefined && tray.width > 0
        ? { x: tray.x, y: tray.y }
        : this.#api.screen.getCursorScreenPoint();
    const { workArea } = this.#api.screen.getDisplayNearestPoint(point);
    window.setBounds(placeWindow(SIZE, tray, workArea, this.#options.platform));
    window.show();
    window.focus();
  }

  #forget(window: BrowserWindow): void {
    this.#hiddenAt = this.#options.clock.monotonic();
    this.#cancelDestroy?.();
    this.#cancelDestroy = this.#options.clock.after(DESTROY_AFTER_HIDDEN_MS, () => {
      if (this.#window !== window) return;
      if (!window.isDestroyed()) window.destroy();
      this.#window = undefined;
    });
  }

  #keep(): void {
    this.#cancelDestroy?.();
    this.#cancelDestroy = undefined;
  }

  #windowOptions(): BrowserWindowConstructorOptions {
    return {
      ...SIZE,
      title: 'Lull',
      show: false,
      frame: false,
      resizable: false,
      minimizable: false,
      maximizable: false,
      fullscreenable: false,
      skipTaskbar: true,
      backgroundColor: this.#api.nativeTheme.shouldUseDarkColors ? '#0e1016' : '#f4f4f1',
      webPreferences: {
        preload: this.#options.preload,
        partition: PARTITION,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: !this.#api.app.isPackaged,
      },
    };
  }
}
