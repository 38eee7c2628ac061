// SPDX-License-Identifier: MIT
// Draws every icon from assets/icon.svg with the Chromium of this machine: `node build/icons.ts`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { chromium } from 'playwright-core';

const ASSETS = resolve(import.meta.dirname, '../assets');
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const STATES = ['earning', 'waiting', 'paused', 'offline', 'needs_you'] as const;

/** macOS recolours black template images itself; elsewhere the panel is light or dark. */
const LOOKS = [
  { suffix: 'Template', colour: '#000000', points: 18 },
  { suffix: '-on-light', colour: '#1b2230', points: 16 },
  { suffix: '-on-dark', colour: '#f2f5fa', points: 16 },
] as const;

interface Icon {
  /** path in assets/, without .png */
  readonly file: string;
  /** id of the group in the SVG */
  readonly group: string;
  readonly colour: string;
  readonly pixels: number;
}

function icons(): Icon[] {
  const tray = STATES.flatMap((state) =>
    LOOKS.flatMap(({ suffix, colour, points }) => [
      { file: `tray/${state}${suffix}`, group: `tray-${state}`, colour, pixels: points },
      { file: `tray/${state}${suffix}@2x`, group: `tray-${state}`, colour, pixels: points * 2 },
    ]),
  );
  return [...tray, { file: 'icon', group: 'app', colour: '#000000', pixels: 512 }];
}

const svg = readFileSync(join(ASSETS, 'icon.svg'), 'utf8');
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 512, height: 512 }, deviceScaleFactor: 1 });
  mkdirSync(join(ASSETS, 'tray'), { recursive: true });
  for (const { file, group, colour, pixels } of icons()) {
    const style = `html,body{margin:0;background:none}svg{display:block;width:${pixels}px;height:${pixels}px;color:${colour}}svg>g:not(#${group}){display:none}`;
    await page.setContent(`<!doctype html><style>${style}</style>${svg}`);
    const clip = { x: 0, y: 0, width: pixels, height: pixels };
    writeFileSync(join(ASSETS, `${file}.png`), await page.screenshot({ omitBackground: true, clip }));
  }
  console.log(`${icons().length} icons drawn.`);
} finally {
  await browser.close();
}
