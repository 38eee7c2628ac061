// SPDX-License-Identifier: MIT
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

import { findProgram } from '../../build/test-environment.ts';

/** For a root user in a container, and without Chromium's own traffic. */
const ARGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--no-first-run',
];

/** Debian's Chromium, headless. Whoever starts it closes it. */
export function startBrowser(): Promise<Browser> {
  const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome');
  if (executablePath === undefined) throw new Error('no Chromium is installed: ask needs("chromium") first');
  return chromium.launch({ executablePath, args: ARGS });
}

interface Look {
  readonly width: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly motion?: 'reduce' | 'no-preference';
  readonly scale?: number;
}

/** A window of the width a person would have; its words and times are the same on every machine. */
export function openWindow(browser: Browser, look: Look): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width: look.width, height: look.height ?? 720 },
    colorScheme: look.theme ?? 'light',
    reducedMotion: look.motion ?? 'reduce',
    deviceScaleFactor: look.scale ?? 1,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
}
