// SPDX-License-Identifier: MIT
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { ForkProgram } from '../agent/adapters/fork-program.ts';
import type { Autostart, KeepAwake, Sensors } from '../agent/ports.ts';
import type { Clock } from '../protocol/clock.ts';
import { LullError, toError } from '../protocol/errors.ts';
import { type Logger, silentLogger } from '../protocol/logger.ts';
import { BlockerKeepAwake } from './adapters/blocker-keep-awake.ts';
import { loginItem } from './adapters/login-item.ts';
import { PowerSensors } from './adapters/power-sensors.ts';
import { type KillByPid, UtilityProcessLauncher } from './adapters/utility-process-launcher.ts';
import type { AgentFace } from './agent-face.ts';
import { registerAppScheme } from './app-protocol.ts';
import type { ElectronApi } from './electron-api.ts';
import { connectWindow } from './ipc.ts';
import { Quit } from './quit.ts';
import { loginCommand, readShellArguments } from './shell-arguments.ts';
import { TrayIcon } from './tray.ts';
import { Windows } from './windows.ts';

/** What Electron adds to the agent that every host runs. */
export interface ShellParts {
  readonly dataDir: string;
  /** undefined: a network of one on this computer */
  readonly network: string | undefined;
  readonly fork: ForkProgram;
  /** Electron's sensors over those that plain Node has. */
  readonly sensors: (host: Sensors) => Sensors;
  readonly keepAwake: KeepAwake;
  readonly autostart: Autostart;
  /** Asked for by the owner's other programs, over the control socket. */
  readonly onOpen: () => void;
  readonly onQuit: () => void;
}

/** The agent with everything that belongs to it: coordinator, workers, control socket. */
export interface RunningAgent {
  readonly agent: AgentFace;
  readonly logger: Logger;
  stop(): Promise<void>;
}

export interface ShellOptions {
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  readonly argv: readonly string[];
  readonly desktop: string;
  readonly env: NodeJS.ProcessEnv;
  /** of this user */
  readonly home: string;
  readonly files: {
    readonly renderer: string;
    readonly preload: string;
    readonly utilityChild: string;
    readonly assets: string;
  };
  readonly killByPid: KillByPid;
  /** Node's `process`, for signals and the channel of the program that started this one. */
  readonly process: NodeJS.EventEmitter;
  /** One line on the terminal, where there is one. */
  readonly say: (line: string) => void;
  readonly dataFolder: (chosen: string | undefined) => string;
  readonly startAgent: (parts: ShellParts, signal: AbortSignal) => Promise<RunningAgent>;
}

const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const;

/** Runs the tray app: one per data folder, from the first icon to the end of the last child. */
export async function runShell(api: ElectronApi, options: ShellOptions): Promise<void> {
  const starting = new AbortController();
  try {
    await run(api, options, starting);
  } catch (error) {
    // Whoever quits while it starts wants no message about it.
    if (starting.signal.aborted) return;
    const text =
      error instanceof LullError ? error.message : `Lull could not start: ${toError(error).message}`;
    options.say(text);
    api.dialog.showErrorBox('Lull could not start', text);
    api.app.exit(1);
  }
}

async function run(api: ElectronApi, options: ShellOptions, starting: AbortController): Promise<void> {
  const { app } = api;
  const { clock, files, platform, env, home } = options;
  const given = readShellArguments(options.argv, app.isPackaged);
  const { network, accept } = given;
  const dataDir = options.dataFolder(given.data);
  if (!becomeOnlyInstance(api, dataDir)) {
    options.say('Lull runs already; its window is shown.');
    app.exit(0);
    return;
  }
  app.enableSandbox();
  registerAppScheme(api.protocol);
  // Without a listener Electron would quit with its last window; the tray lives on.
  app.on('window-all-closed', () => undefined);
  await app.whenReady();
  app.dock?.hide();

  const launcher = new UtilityProcessLauncher(api.utilityProcess, files.utilityChild, options.killByPid);
  let logger: Logger = silentLogger;
  const steps: (() => Promise<void> | void)[] = [];
  new Quit(app, {
    clock,
    logger: () => logger,
    steps: () => steps.toReversed(),
    killChildren: () => launcher.killAll(),
  });
  const quit = (): void => app.quit();
  quitWhenTold(api, options.process, quit);

  let show = (): void => undefined;
  const started = options.startAgent(
    {
      dataDir,
      network,
      fork: launcher.fork,
      sensors: (host) =>
        new PowerSensors({ power: api.powerMonitor, screen: api.screen, host, clock, platform }),
      keepAwake: new BlockerKeepAwake(api.powerSaveBlocker),
      autostart: loginItem({ app, platform, env, home, command: loginCommand(app, options, given) }),
      onOpen: () => show(),
      onQuit: quit,
    },
    starting.signal,
  );
  steps.push(async () => {
    starting.abort();
    // A start that was cut short has ended what it had begun.
    const begun = await started.catch(() => undefined);
    await begun?.stop();
  });
  const running = await started;
  if (starting.signal.aborted) return;
  logger = running.logger;

  const views = showViews(api, options, running, quit);
  steps.push(() => views.close());
  show = () => views.windows.show();
  app.on('second-instance', show);
  app.on('activate', show);
  if (accept && running.agent.snapshot().state.consent === 'needed')
    await running.agent.handle('acceptConsent', {});
  // macOS starts it at login without arguments.
  const atLogin = platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
  if (!given.hidden && !atLogin) show();
}

/** Two data folders are two apps: the lock of the single instance lies in this folder. */
function becomeOnlyInstance({ app }: Pick<ElectronApi, 'app'>, dataDir: string): boolean {
  const electronDir = join(dataDir, 'electron');
  mkdirSync(electronDir, { recursive: true, mode: 0o700 });
  app.setName('Lull');
  app.setPath('userData', electronDir);
  return app.requestSingleInstanceLock();
}

function quitWhenTold(
  api: Pick<ElectronApi, 'powerMonitor'>,
  process: NodeJS.EventEmitter,
  quit: () => void,
): void {
  for (const name of ENDS) process.on(name, quit);
  (api.powerMonitor as NodeJS.EventEmitter).on('shutdown', (event?: { preventDefault(): void }) => {
    // Asks the system for the moment that ending in order takes.
    event?.preventDefault();
    quit();
  });
}

/** The tray and the window, which show the agent and say what the owner wants. */
function showViews(
  api: ElectronApi,
  { clock, files, platform, desktop }: ShellOptions,
  { agent, logger }: RunningAgent,
  onQuit: () => void,
): { windows: Windows; close: () => void } {
  const windows: Windows = new Windows(api, {
    rendererDir: files.renderer,
    preload: files.preload,
    clock,
    logger,
    platform,
    trayBounds: () => tray.bounds(),
    staysOnBlur: () => agent.snapshot().state.consent === 'needed',
  });
  const tray = new TrayIcon(api, {
    agent,
    clock,
    logger,
    assetsDir: files.assets,
    platform,
    desktop,
    onClick: () => windows.toggle(),
    onOpen: () => windows.show(),
    onQuit,
  });
  windows.prepare();
  const disconnect = connectWindow(api.ipcMain, windows, agent, logger);
  tray.start();
  return {
    windows,
    close: () => {
      tray.stop();
      windows.destroy();
      disconnect();
    },
  };
}
