// SPDX-License-Identifier: MIT
import { resolve } from 'node:path';

/** What of the options of `lull agent` counts at the next login as well. */
interface AgentOptions {
  readonly network?: string;
  readonly port: number;
  readonly passphraseFile?: string;
}

/**
 * How to start this very agent again at login, without its window. A passphrase in LULL_PASSPHRASE is not written down: with
 * one, only a passphrase file makes it start by itself.
 */
export function loginCommand(
  { network, port, passphraseFile }: AgentOptions,
  dataDir: string,
  script = process.argv[1] ?? '',
): [string, ...string[]] {
  return [
    process.execPath,
    resolve(script),
    'agent',
    '--no-open',
    '--data',
    resolve(dataDir),
    ...(network === undefined ? [] : ['--network', network]),
    ...(port === 0 ? [] : ['--port', String(port)]),
    ...(passphraseFile === undefined ? [] : ['--passphrase-file', resolve(passphraseFile)]),
  ];
}
