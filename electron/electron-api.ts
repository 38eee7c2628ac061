// SPDX-License-Identifier: MIT
import type {
  App,
  BrowserWindow,
  Dialog,
  IpcMain,
  Menu,
  nativeImage,
  NativeTheme,
  PowerMonitor,
  PowerSaveBlocker,
  Protocol,
  Screen,
  session,
  Tray,
  utilityProcess,
} from 'electron';

/**
 * Everything that the shell takes from Electron, handed to the composition root, so that no file but main.ts
 * loads Electron and all of them run in Node under test.
 */
export interface ElectronApi {
  readonly app: App;
  readonly BrowserWindow: typeof BrowserWindow;
  readonly dialog: Pick<Dialog, 'showErrorBox'>;
  readonly ipcMain: IpcMain;
  readonly Menu: typeof Menu;
  readonly nativeImage: typeof nativeImage;
  readonly nativeTheme: NativeTheme;
  readonly powerMonitor: PowerMonitor;
  readonly powerSaveBlocker: PowerSaveBlocker;
  readonly protocol: Protocol;
  readonly screen: Screen;
  readonly session: typeof session;
  readonly Tray: typeof Tray;
  readonly utilityProcess: typeof utilityProcess;
}
