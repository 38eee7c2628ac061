// SPDX-License-Identifier: MIT
import { contextBridge, ipcRenderer } from 'electron/renderer';

import { ipcBridge } from './preload-bridge.ts';

contextBridge.exposeInMainWorld('lull', ipcBridge(ipcRenderer));
