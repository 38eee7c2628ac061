// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { promisify } from 'node:util';

import type { Sandbox } from '../../protocol/agent-state.ts';
import { toError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';

/** How far the operating system itself keeps a worker process apart. */
export interface Confinement {
  /** what the worker's program is started through, with its arguments; empty: as it is */
  readonly wrapper: readonly string[];
  /** it has no network */
  readonly network: boolean;
  /** it sees neither run-time folders, temporary files nor the owner's: where other programs have their sockets */
  readonly sockets: boolean;
  /** the system ends it with its agent, even while it is stopped */
  readonly endsWithAgent: boolean;
  /** why no more than this, for people; undefined when it is all there is */
  readonly why?: string;
}

const NOTHING = { wrapper: [], network: false, sockets: false, endsWithAgent: false };

/** Electron's utilityProcess starts nothing but its own program, and so no other one that could confine it. */
export const UNCONFINED_APP: Confinement = {
  ...NOTHING,
  why: 'the desktop app cannot take the network from a single process',
};

const NAMESPACES = ['--net', '--ipc', '--uts'];
/** Longer than any honest system takes to start a process, ms. */
const PROBE_MS = 5000;

/** Covers each folder before "--" with an empty one, then becomes the program behind it, without a shell's variables. */
const HIDE =
  'while [ "$1" != -- ]; do mount -t tmpfs -o ro,nosuid,nodev,noexec,size=4k,mode=0 none "$1" || exit 1; shift; done; ' +
  'shift; exec env -u PWD -u OLDPWD -u SHLVL -u _ "$@"';

/** Mounting needs the capabilities of the new user namespace; the worker is left without any. */
const DROP = [
  'setpriv',
  '--no-new-privs',
  '--inh-caps=-all',
  '--bounding-set=-all',
  '--pdeathsig=KILL',
  '--',
];

/**
 * Where programs have sockets that no network namespace closes: the session bus, containers, X11, agents of keys.
 * Not what the worker itself is read from.
 */
function hiddenFolders(needed: readonly string[]): string[] {
  return ['/run', '/tmp', homedir()]
    .filter((folder) => folder !== '/' && existsSync(folder))
    .map((folder) => realpathSync(folder))
    .filter((folder) => !needed.some((path) => realpathSync(path).startsWith(`${folder}/`)));
}

/**
 * The strictest way to start workers that this system allows, tried out once. `exec` all the way, so the process
 * id and the channel to the worker stay the same. Programs are looked for in the system's default path only.
 */
export async function probeConfinement(entry: string, logger: Logger): Promise<Confinement> {
  if (platform() !== 'linux')
    return { ...NOTHING, why: 'this system cannot take the network from a single program' };
  const needed = [process.execPath, entry];
  const ways: Confinement[] = [
    {
      wrapper: [
        ...['unshare', '--map-root-user', ...NAMESPACES, '--mount', '--', 'sh', '-c', HIDE, 'sh'],
        ...hiddenFolders(needed),
        ...['--', ...DROP],
      ],
      network: true,
      sockets: true,
      endsWithAgent: true,
    },
    {
      wrapper: ['unshare', '--user', ...NAMESPACES, '--'],
      network: true,
      sockets: false,
      endsWithAgent: false,
    },
  ];
  let why = '';
  for (const way of ways) {
    try {
      await tryOut(way, entry);
      logger.info('Workers are confined by the system.', {
        network: way.network,
        sockets: way.sockets,
        wrapper: way.wrapper.join(' '),
      });
      return way;
    } catch (error) {
      why = firstLine(error);
      logger.info('A way to confine workers does not work here.', { wrapper: way.wrapper[0], why });
    }
  }
  return { ...NOTHING, why: `this system does not let programs have namespaces of their own: ${why}` };
}

/** What people are told of it. @param files whether Node's permission model holds */
export function sandboxOf({ network, sockets, why }: Confinement, files: boolean): Sandbox {
  const missing = [
    ...(network ? ['no network'] : []),
    ...(files ? ['none of your files'] : []),
    ...(sockets ? ['no way to your other programs'] : []),
  ];
  const holds =
    missing.length === 0
      ? 'Only WebAssembly keeps tasks apart from this computer'
      : `Tasks run in processes that have ${new Intl.ListFormat('en').format(missing)}`;
  return {
    network,
    files,
    message: `${holds}.${why === undefined ? '' : ` WebAssembly alone keeps them off the network: ${why}.`}`,
  };
}

async function tryOut({ wrapper: [program = '', ...args] }: Confinement, entry: string): Promise<void> {
  const look = 'require("node:fs").accessSync(process.argv[1])';
  await promisify(execFile)(program, [...args, process.execPath, '-e', look, entry], {
    env: {},
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
  });
}

function firstLine(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return (said.trim() === '' ? toError(error).message : said.trim()).split('\n')[0] ?? '';
}
