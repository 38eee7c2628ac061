// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { InvalidArgumentError, Option } from 'commander';

import { hostAutostart } from '../../agent/adapters/autostart/host-autostart.ts';
import { type DataFolder, openDataFolder } from '../../agent/adapters/data-folder.ts';
import { fileLogger } from '../../agent/adapters/file-logger.ts';
import { headlessKeepAwake } from '../../agent/adapters/keep-awake.ts';
import { startWebHost, type WebHost } from '../../agent/adapters/web-host.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import { type HostParts, type RunningHost, startHost } from '../../agent/host.ts';
import { LullError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import { openBrowser } from '../browser.ts';
import type { CliCommand, CliContext } from '../context.ts';
import { endWithin } from '../end-within.ts';
import { showRunningAgent } from '../first-agent.ts';
import { onInterrupt } from '../interrupts.ts';
import { keychainChoice, type KeychainOptions, withKeychainOptions } from '../keychain-options.ts';
import { LOG_LEVELS, type LogLevel } from '../log-levels.ts';
import { loginCommand } from '../login-command.ts';

interface Options extends KeychainOptions {
  readonly network?: string;
  readonly port: number;
  readonly open: boolean;
  readonly accept?: boolean;
  readonly logLevel: LogLevel;
}

function portOption(text: string): number {
  const port = Number(text);
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Write a port from 0 to 65535; 0 takes any that is free.');
}

function networkOption(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/$/, '');
  throw new InvalidArgumentError('Write an address like https://network.example or http://127.0.0.1:7117.');
}

async function runAgent(context: CliContext, options: Options): Promise<void> {
  const { clock, dataDir } = context;
  const folder = openDataFolder(dataDir);
  const ended = Promise.withResolvers<undefined>();
  const starting = new AbortController();
  const end = (): void => {
    starting.abort();
    ended.resolve(undefined);
  };
  const stopListening = onInterrupt(clock, (times) => (times === 1 ? end() : process.exit(1)));
  const serving = Promise.withResolvers<WebHost>();
  let web: WebHost | undefined;
  let host: RunningHost | undefined;
  try {
    const logger = fileLogger({ path: join(dataDir, 'logs', 'agent.log'), clock, level: options.logLevel });
    const own = { folder, logger, end, serving: serving.promise };
    host = await startHost(hostParts(context, options, own), starting.signal);
    const { agent } = host;
    web = await startWebHost({
      rendererDir: context.programs.renderer,
      handle: (name, request) => agent.handle(name, request),
      subscribe: (listener) => agent.subscribe(listener),
      snapshot: () => agent.snapshot(),
      port: options.port,
      clock,
      logger,
    });
    serving.resolve(web);
    if (options.accept === true) await agent.handle('acceptConsent', {});
    await announce(context, web.url(), agent.snapshot().state.consent === 'needed', options.open);
    await ended.promise;
  } catch (error) {
    // Ctrl-C while starting: whatever failed then, failed because of it.
    if (!starting.signal.aborted) throw error;
  } finally {
    await endWithin(clock, [() => web?.stop(), () => host?.stop()]);
    folder.close();
    stopListening();
  }
}

function hostParts(
  { clock, programs, version }: CliContext,
  options: Options,
  own: { folder: DataFolder; logger: Logger; end: () => void; serving: Promise<WebHost> },
): HostParts {
  const { folder, logger, end, serving } = own;
  return {
    folder,
    kind: 'headless',
    software: `lull ${version}`,
    network: options.network,
    programs,
    workerPool: forkWorkerPool({ entry: programs.worker, clock, logger }),
    keychain: keychainChoice(options),
    autostart: hostAutostart({ command: loginCommand(options, folder.path) }),
    keepAwake: headlessKeepAwake({ logger }),
    calls: {
      openUrl: async () => ({ url: (await serving).url() }),
      quit: () => {
        end();
        return {};
      },
    },
    clock,
    logger,
  };
}

async function announce(
  { output }: CliContext,
  url: string,
  needsConsent: boolean,
  open: boolean,
): Promise<void> {
  const hint = needsConsent
    ? ['It runs nothing before you agree: in its window, or with `lull accept`.']
    : [];
  output.result({ url, pid: process.pid }, [`Lull runs here: ${url}`, ...hint, 'Ctrl-C ends it.']);
  if (open && !output.json) await openBrowser(url);
}

export const command: CliCommand = {
  define: (program, run) =>
    withKeychainOptions(program)
      .option(
        '--network <url>',
        'work for this network (default: a network of one on this computer)',
        networkOption,
      )
      .option('--port <n>', 'port of the window on 127.0.0.1; 0 takes any that is free', portOption, 0)
      .option('--no-open', 'do not open the browser')
      .option('--accept', 'agree to run tasks')
      .addOption(new Option('--log-level <level>', 'least to log').choices(LOG_LEVELS).default('info'))
      .action((options: Options) =>
        run(async (context) => {
          try {
            await runAgent(context, options);
          } catch (error) {
            if (!(error instanceof LullError) || error.code !== 'already_open') throw error;
            await showRunningAgent(context, error, options.open);
          }
        }),
      ),
};
