// SPDX-License-Identifier: MIT
import type { Bridge } from '../../protocol/bridge.ts';
import { pageClock } from '../system-clock.ts';
import { PreloadBridge } from './preload-bridge.ts';
import { type Socket, WebSocketBridge } from './websocket-bridge.ts';

declare global {
  interface Window {
    /** Set by Electron's preload; absent in a browser. */
    readonly lull?: Bridge;
  }
}

function openSocket(): Socket {
  const url = new URL('/bridge', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}

/** The bridge of this page: Electron's where there is one, else the WebSocket of the host that served it. */
export function pageBridge(): Bridge {
  if (window.lull !== undefined) return new PreloadBridge(window.lull);
  return new WebSocketBridge({
    clock: pageClock,
    openSocket,
    hidden: () => document.hidden,
    onVisibility: (listener) => {
      document.addEventListener('visibilitychange', listener);
    },
  });
}
