// SPDX-License-Identifier: MIT
import type { Command } from 'commander';

import type { Clock } from '../protocol/clock.ts';
import type { Output } from './output.ts';
import type { ProgramFiles } from './program-files.ts';

/** What every subcommand is given. */
export interface CliContext {
  readonly output: Output;
  readonly clock: Clock;
  readonly programs: ProgramFiles;
  readonly dataDir: string;
  readonly version: string;
}

/** Options that every subcommand takes. */
export interface CommonOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** A module in commands/: describes its options and arguments, and runs. */
export interface CliCommand {
  define(command: Command, run: (work: (context: CliContext) => Promise<void>) => Promise<void>): void;
}

/** Ends the process with this code once everything is said. */
export class ExitCode extends Error {
  override readonly name = 'ExitCode';
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}
