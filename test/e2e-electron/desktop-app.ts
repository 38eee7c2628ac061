// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { _electron, type ElectronApplication, type Page } from 'playwright-core';

import { DIST, ensureBuilt } from '../../build/build.ts';
import { findElectron } from '../../build/electron-binary.ts';

/** One item of the tray menu as the app gave it to Electron. */
export interface TemplateItem {
  readonly label?: string;
  readonly type?: string;
  readonly checked?: boolean;
  readonly submenu?: readonly TemplateItem[];
}

const silent = (): void => undefined;

/** Why the app cannot be started here; undefined where it can. */
export async function whyNot(): Promise<string | undefined> {
  const found = await findElectron(silent);
  return 'why' in found ? found.why : undefined;
}

/** The real app on a data folder of its own. */
export class DesktopApp {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'lull-desktop-'));
  readonly #apps: ElectronApplication[] = [];

  /** Starts it; a second time: a second instance on the same folder. */
  async start(...args: string[]): Promise<ElectronApplication> {
    await ensureBuilt(silent);
    const found = await findElectron(silent);
    if ('why' in found) throw new Error(found.why);
    const app = await _electron.launch({
      executablePath: found.path,
      args: [join(DIST, 'electron/main.js'), '--data', this.dataDir, ...args],
      env: { ...process.env, LULL_PASSPHRASE: 'of a test' } as Record<string, string>,
    });
    this.#apps.push(app);
    return app;
  }

  async window(app: ElectronApplication): Promise<Page> {
    return app.firstWindow();
  }

  /** The ids of everything that the app has started. */
  async childPids(app: ElectronApplication): Promise<number[]> {
    return app.evaluate(({ app: main }) => main.getAppMetrics().map(({ pid }) => pid));
  }

  /** The tray menu that is built next, and how to make that happen on every system. */
  async nextTrayMenu(app: ElectronApplication, change: () => Promise<void>): Promise<TemplateItem[]> {
    await app.evaluate(({ Menu, Tray }) => {
      const seen = globalThis as unknown as { template?: unknown; tray?: Electron.Tray };
      const build = Menu.buildFromTemplate.bind(Menu);
      Menu.buildFromTemplate = (template) => {
        seen.template = JSON.parse(JSON.stringify(template));
        return build(template);
      };
      const tip = Tray.prototype.setToolTip;
      Tray.prototype.setToolTip = function (this: Electron.Tray, text: string) {
        seen.tray = this;
        tip.call(this, text);
      };
    });
    await change();
    const deadline = Date.now() + 20_000;
    for (;;) {
      const template = await app.evaluate(() => {
        const seen = globalThis as unknown as { template?: unknown; tray?: Electron.Tray };
        if (process.platform !== 'linux') seen.tray?.emit('right-click');
        return seen.template;
      });
      if (template !== undefined) return template as TemplateItem[];
      if (Date.now() > deadline) throw new Error('the tray menu was not built anew');
    }
  }

  async stop(): Promise<void> {
    for (const app of this.#apps) await app.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
