// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import type { MenuItemConstructorOptions, Rectangle, Tray } from 'electron';

import type { Clock } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { AgentFace } from './agent-face.ts';
import type { ElectronApi } from './electron-api.ts';
import { isBarDark, trayIconFile } from './tray-icon.ts';
import { type TrayAction, type TrayItem, type TrayMenu, trayMenu } from './tray-menu.ts';

/** Sentences that count seconds or credits are redrawn this often; what can be done, and news, at once. */
const REFRESH_MS = 15_000;

export interface TrayIconOptions {
  readonly agent: AgentFace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly assetsDir: string;
  readonly platform: NodeJS.Platform;
  /** XDG_CURRENT_DESKTOP, where there is one */
  readonly desktop: string;
  readonly onClick: () => void;
  readonly onOpen: () => void;
  readonly onQuit: () => void;
}

type Api = Pick<ElectronApi, 'app' | 'Menu' | 'nativeImage' | 'nativeTheme' | 'Tray'>;

// A single & would underline the letter after it.
const plain = (label: string): string => label.replaceAll('&', '&&');

/** Puts the menu model of `tray-menu.ts` on the screen, and does what its items say. */
export class TrayIcon {
  readonly #api: Api;
  readonly #options: TrayIconOptions;
  #tray: Tray | undefined;
  #shown = '';
  #essence = '';
  #icon = '';
  #stops: (() => void)[] = [];
  #cancelRefresh: () => void = () => undefined;

  constructor(api: Api, options: TrayIconOptions) {
    this.#api = api;
    this.#options = options;
  }

  start(): void {
    const { agent, platform, onClick } = this.#options;
    const menu = this.#model();
    const tray = new this.#api.Tray(this.#image(menu));
    this.#tray = tray;
    // Where a menu is set for good it takes the click; on Linux there is no other way to show one.
    if (platform !== 'linux') {
      tray.on('right-click', () => tray.popUpContextMenu(this.#menu(this.#model())));
    }
    tray.on('click', onClick);
    const redraw = (): void => this.#update();
    this.#api.nativeTheme.on('updated', redraw);
    this.#stops = [agent.subscribe(redraw), () => this.#api.nativeTheme.removeListener('updated', redraw)];
    this.#update();
    this.#refreshLater();
  }

  stop(): void {
    this.#cancelRefresh();
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#tray?.destroy();
    this.#tray = undefined;
  }

  bounds(): Rectangle | undefined {
    return this.#tray?.getBounds();
  }

  #model(): TrayMenu {
    return trayMenu(
      this.#options.agent.snapshot().state,
      this.#options.clock.now(),
      this.#api.app.getLocale(),
    );
  }

  #update(): void {
    const menu = this.#model();
    // An open menu closes when it is replaced: not for every second that a sentence counts.
    const essence = JSON.stringify([menu.topic, menu.items.filter((item) => item.kind !== 'text')]);
    if (this.#file(menu) !== this.#icon) this.#tray?.setImage(this.#image(menu));
    if (essence === this.#essence) return;
    this.#essence = essence;
    this.#show(menu);
  }

  #show(menu: TrayMenu): void {
    const shown = JSON.stringify(menu);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#tray?.setToolTip(menu.toolTip);
    if (this.#options.platform === 'linux') this.#tray?.setContextMenu(this.#menu(menu));
  }

  #refreshLater(): void {
    this.#cancelRefresh = this.#options.clock.after(REFRESH_MS, () => {
      this.#show(this.#model());
      this.#refreshLater();
    });
  }

  #file(menu: TrayMenu): string {
    const { platform, desktop } = this.#options;
    return trayIconFile(menu.icon, {
      platform,
      darkBar: isBarDark(this.#api.nativeTheme, platform, desktop),
    });
  }

  #image(menu: TrayMenu): Electron.NativeImage {
    this.#icon = this.#file(menu);
    return this.#api.nativeImage.createFromPath(join(this.#options.assetsDir, this.#icon));
  }

  #menu(menu: TrayMenu): Electron.Menu {
    return this.#api.Menu.buildFromTemplate(menu.items.map((item) => this.#item(item)));
  }

  #item(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' };
      case 'text':
        return { label: plain(item.label), enabled: false };
      case 'action':
        return { label: plain(item.label), click: () => this.#do(item.action) };
      case 'choice':
        return {
          label: plain(item.label),
          type: 'radio',
          checked: item.chosen,
          click: () => this.#do(item.action),
        };
      case 'submenu':
        return { label: plain(item.label), submenu: item.items.map((inner) => this.#item(inner)) };
    }
  }

  #do(action: TrayAction): void {
    const { agent, logger, onOpen, onQuit } = this.#options;
    if (action.type === 'open') return onOpen();
    if (action.type === 'quit') return onQuit();
    agent.handle(action.name, action.request).catch((error: unknown) => {
      logger.error('What was chosen in the tray could not be done.', {
        intent: action.name,
        error: toError(error).message,
      });
    });
  }
}
