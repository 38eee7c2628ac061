// SPDX-License-Identifier: MIT
import type { Session, WebContents } from 'electron';

import type { Logger } from '../protocol/logger.ts';
import { APP_ORIGIN } from './app-protocol.ts';

const isOwn = (url: string): boolean => url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`);

/** What a page of the app has made itself: the settings that the owner exports. */
const isOwnMade = (url: string): boolean => url.startsWith(`blob:${APP_ORIGIN}/`);

/** Denies every permission, device and foreign download, and every request that leaves the app's own files. */
export function hardenSession(session: Session, logger: Logger): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    logger.warn('A permission was asked for and denied.', { permission });
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  session.setSpellCheckerEnabled(false);
  // Where it goes is asked of the owner, by the system's own dialog.
  session.on('will-download', (event, item) => {
    if (!isOwnMade(item.getURL())) event.preventDefault();
  });
  session.webRequest.onBeforeRequest((details, answer) => {
    const cancel =
      !isOwn(details.url) &&
      !isOwnMade(details.url) &&
      !details.url.startsWith('data:') &&
      !details.url.startsWith('devtools:');
    if (cancel) logger.warn('A request to outside the app was stopped.', { url: details.url.slice(0, 200) });
    answer({ cancel });
  });
}

/** Keeps any web contents, whoever makes it, on the app's own pages: no other page, no window, no webview. */
export function hardenContents(contents: WebContents, logger: Logger): void {
  const stay = (event: { preventDefault(): void; readonly url: string }): void => {
    if (isOwn(event.url)) return;
    event.preventDefault();
    logger.warn('A navigation to outside the app was stopped.', { url: event.url.slice(0, 200) });
  };
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    logger.warn('A new window was asked for and denied.', { url: url.slice(0, 200) });
    return { action: 'deny' };
  });
}
