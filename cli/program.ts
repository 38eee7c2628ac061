// SPDX-License-Identifier: MIT
import { Command, CommanderError } from 'commander';

import { resolveDataFolder } from '../agent/adapters/data-folder.ts';
import { systemClock } from '../agent/adapters/system-clock.ts';
import { LullError, toError } from '../protocol/errors.ts';
import { type CliCommand, type CliContext, type CommonOptions, ExitCode } from './context.ts';
import { Output } from './output.ts';
import { programFiles, programVersion } from './program-files.ts';
import { stayAlive } from './stay-alive.ts';

interface Listed {
  readonly summary: string;
  readonly load: () => Promise<{ command: CliCommand }>;
}

/** Each is loaded only when it is the one asked for: the agent lives long and must stay small. */
const COMMANDS: Readonly<Record<string, Listed>> = {
  agent: {
    summary: 'Lend this computer: run the agent, its window in the browser',
    load: () => import('./commands/agent.ts'),
  },
  status: { summary: 'Say what the agent does, and why', load: () => import('./commands/status.ts') },
  activity: {
    summary: 'List what ran here, or show the passport of one attempt',
    load: () => import('./commands/activity.ts'),
  },
  retry: {
    summary: 'Give a program that is refused on this computer another chance',
    load: () => import('./commands/retry.ts'),
  },
  accept: { summary: 'Agree to run tasks on this computer', load: () => import('./commands/accept.ts') },
  settings: {
    summary: 'Show, change, export, import or reset the settings',
    load: () => import('./commands/settings.ts'),
  },
  pause: { summary: 'Pause earning, or only GPU work', load: () => import('./commands/pause.ts') },
  resume: { summary: 'End a pause', load: () => import('./commands/resume.ts') },
  open: { summary: 'Open the window, or print its address', load: () => import('./commands/open.ts') },
  submit: {
    summary: 'Submit a job, follow it and write its merged output',
    load: () => import('./commands/submit.ts'),
  },
  run: { summary: 'Run a job on this computer, without a network', load: () => import('./commands/run.ts') },
  jobs: { summary: 'List the jobs of this account', load: () => import('./commands/jobs.ts') },
  job: { summary: 'Show one job, follow it, or fetch its output', load: () => import('./commands/job.ts') },
  cancel: {
    summary: 'Cancel a job and get back what is left of its credits',
    load: () => import('./commands/cancel.ts'),
  },
  balance: { summary: 'Show the credits of this account', load: () => import('./commands/balance.ts') },
  coordinator: { summary: "Run a network's coordinator", load: () => import('./commands/coordinator.ts') },
};

function withCommonOptions(command: Command): Command {
  return command
    .option(
      '--data <dir>',
      'folder that keeps everything (default: $LULL_HOME, or the place usual on this system)',
    )
    .option('--json', 'print one JSON value and nothing else');
}

async function program(args: readonly string[], base: string): Promise<Command> {
  const root = new Command('lull')
    .description('Lends the idle time of this computer to a network, and uses such a network.')
    .version(programVersion(base), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError('Add --help to see what can be asked.')
    .exitOverride()
    .enablePositionalOptions(false);
  const chosen = args.find((arg) => Object.hasOwn(COMMANDS, arg));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = withCommonOptions(root.command(name).description(summary).copyInheritedSettings(root));
    if (name === chosen) (await load()).command.define(command, (work) => run(command, base, work));
  }
  return root;
}

async function run(
  command: Command,
  base: string,
  work: (context: CliContext) => Promise<void>,
): Promise<void> {
  const { data, json = false } = command.optsWithGlobals<CommonOptions>();
  const output = new Output({ stdout: process.stdout, stderr: process.stderr, json });
  try {
    await work({
      output,
      clock: systemClock,
      programs: programFiles(base),
      dataDir: resolveDataFolder({ given: data, env: process.env }),
      version: programVersion(base),
    });
  } catch (error) {
    output.endTransient();
    if (error instanceof ExitCode) throw error;
    if (error instanceof LullError) {
      output.failure(error.code, error.message, error.details);
      throw new ExitCode(1);
    }
    const { message, stack } = toError(error);
    output.failure(
      'internal',
      process.env['LULL_DEBUG'] === undefined ? `Something failed inside Lull: ${message}` : `${stack}`,
      {},
    );
    throw new ExitCode(1);
  }
}

/**
 * Runs the command that the arguments say.
 * @param base folder of the main module
 * @returns the exit code: 0, 1 for a failure, 2 for a command that was not understood
 */
export async function runProgram(args: readonly string[], base: string): Promise<number> {
  const release = stayAlive();
  try {
    const root = await program(args, base);
    if (args.length === 0) root.outputHelp();
    else await root.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof ExitCode) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  } finally {
    release();
  }
}
