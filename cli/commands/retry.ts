// SPDX-License-Identifier: MIT
import type { RefusedModule } from '../../protocol/agent-state.ts';
import { LullError } from '../../protocol/errors.ts';
import { withAgent } from '../agent-connection.ts';
import type { CliCommand } from '../context.ts';

/** The one refused program whose hash begins so. @throws {LullError} `not_found`, `invalid_request` */
export function refusedModuleBy(prefix: string, refused: readonly RefusedModule[]): RefusedModule {
  const [found, another] = refused.filter(({ module }) => module.startsWith(prefix.toLowerCase()));
  if (found === undefined) {
    throw new LullError(
      'not_found',
      `No refused program has a hash that begins with ${prefix}: \`lull status\` lists those that are refused.`,
    );
  }
  if (another !== undefined) {
    throw new LullError(
      'invalid_request',
      `More than one refused program begins with ${prefix}: give more of its hash.`,
    );
  }
  return found;
}

export const command: CliCommand = {
  define: (program, run) =>
    program
      .argument('<module>', 'the hash of a refused program, or how it begins')
      .addHelpText(
        'after',
        '\nThe program may run here again; if it fails here three more times, it is refused again.',
      )
      .action((prefix: string) =>
        run(async (context) => {
          const { module, jobName } = await withAgent(context, async (agent) => {
            const { state } = await agent.send('snapshot', {});
            const refused = refusedModuleBy(prefix, state.refusedModules);
            await agent.send('retryModule', { module: refused.module });
            return refused;
          });
          context.output.result({ retried: module }, [`"${jobName}" may run here again.`]);
        }),
      ),
};
