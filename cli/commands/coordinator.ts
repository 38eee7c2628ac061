// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { InvalidArgumentError, Option } from 'commander';

import { jsonLogger } from '../../coordinator/json-logger.ts';
import { runCoordinator } from '../../coordinator/main.ts';
import { AmountError, parseCredits } from '../../protocol/money.ts';
import type { CliCommand } from '../context.ts';
import { onInterrupt } from '../interrupts.ts';
import { LOG_LEVELS, type LogLevel } from '../log-levels.ts';

interface Options {
  readonly database?: string;
  readonly blobs?: string;
  readonly listen: string;
  readonly name: string;
  readonly practice?: boolean;
  readonly leaseSeconds: number;
  readonly feePercent: number;
  readonly startingCredits?: bigint;
  readonly logLevel: LogLevel;
}

const numberBetween =
  (low: number, high: number, hint: string) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= low && value <= high) return value;
    throw new InvalidArgumentError(hint);
  };

function creditsOption(text: string): bigint {
  try {
    return parseCredits(text);
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new InvalidArgumentError('Write an amount like 1000 or 0.5.');
  }
}

export const command: CliCommand = {
  define: (program, run) =>
    program
      .option('--database <url>', 'sqlite:PATH or postgres://… (default: SQLite in the data folder)')
      .option('--blobs <dir>', 'folder for modules, inputs and outputs (default: in the data folder)')
      .option('--listen <host:port>', 'address to serve on; port 0 takes any that is free', '127.0.0.1:7117')
      .option('--name <name>', 'what this network is called', 'Lull')
      .option('--practice', 'its credits are for practice and never money')
      .option(
        '--lease-seconds <n>',
        'how long a device may be silent',
        numberBetween(5, 3600, 'Write 5 to 3600.'),
        60,
      )
      .option('--fee-percent <n>', "the network's part", numberBetween(0, 50, 'Write 0 to 50, like 2.5.'), 0)
      .option('--starting-credits <n>', 'given once to each new account', creditsOption)
      .addOption(new Option('--log-level <level>', 'least to log').choices(LOG_LEVELS).default('info'))
      .action((options: Options) =>
        run(async ({ output, clock, dataDir, version }) => {
          const stopped = Promise.withResolvers<undefined>();
          const stopListening = onInterrupt(clock, () => stopped.resolve(undefined));
          const coordinator = await runCoordinator(
            {
              database: options.database ?? `sqlite:${join(dataDir, 'coordinator', 'coordinator.db')}`,
              blobs: options.blobs ?? join(dataDir, 'coordinator', 'blobs'),
              listen: options.listen,
              name: options.name,
              practice: options.practice ?? false,
              leaseMs: options.leaseSeconds * 1000,
              feeBasisPoints: Math.round(options.feePercent * 100),
              startingCredits: options.startingCredits,
              software: `lull ${version}`,
            },
            { clock, logger: jsonLogger((line) => process.stderr.write(line), clock, options.logLevel) },
          );
          const { url, publicKey } = coordinator;
          output.result({ url, publicKey }, [
            `${options.name} serves at ${url}`,
            `Join it with: lull agent --network ${url}`,
          ]);
          await stopped.promise;
          await coordinator.stop();
          stopListening();
        }),
      ),
};
