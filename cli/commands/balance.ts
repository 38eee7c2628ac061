// SPDX-License-Identifier: MIT
import type { CliCommand } from '../context.ts';
import { connectNetwork, type NetworkOptions, withNetworkOptions } from '../network-connection.ts';
import { creditsForPeople, pairs } from '../output.ts';

export const command: CliCommand = {
  define: (program, run) =>
    withNetworkOptions(program).action((options: NetworkOptions) =>
      run(async (context) => {
        const { client, info } = await connectNetwork(context, options);
        const balance = await client.call('balance', {});
        context.output.result(
          balance,
          pairs([
            ['Available', creditsForPeople(balance.available, info.practice)],
            ['Put aside', creditsForPeople(balance.escrowed, info.practice)],
            ['Account', balance.account],
          ]),
        );
      }),
    ),
};
