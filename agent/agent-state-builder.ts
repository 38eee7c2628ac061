// SPDX-License-Identifier: MIT
import type { AgentState } from '../protocol/agent-state.ts';
import { accountIdSchema, deviceIdSchema } from '../protocol/ids.ts';
import type { AgentOptions, AgentPorts } from './agent-ports.ts';
import type { Earnings } from './earnings.ts';
import type { NetworkSession } from './network-session.ts';
import type { OwnerSettings } from './owner-settings.ts';

interface StateParts extends Pick<
  AgentState,
  'decision' | 'signals' | 'overall' | 'slots' | 'energy' | 'refusedModules' | 'problems'
> {
  readonly ports: AgentPorts;
  readonly options: AgentOptions;
  readonly owner: OwnerSettings;
  readonly session: NetworkSession;
  readonly earnings: Earnings;
  readonly verifying: number;
  readonly unsent: number;
  readonly trusted: boolean;
}

/** Before a network has been met it is called what the owner knows it by. */
function network({ options, session }: StateParts): AgentState['network'] {
  const { kind, url } = options.network;
  const here = kind === 'this_computer';
  return {
    kind,
    url,
    name: session.info?.name ?? (here ? 'This computer' : new URL(url).host),
    practice: session.info?.practice ?? here,
    connection: session.connection,
    ...(session.message === undefined ? {} : { message: session.message }),
  };
}

/** Puts the one state together that every view renders. */
export function buildState(parts: StateParts): AgentState {
  const { ports, options, owner, earnings, decision, signals, overall, slots, problems } = parts;
  return {
    at: ports.clock.now(),
    host: options.host,
    consent: owner.consented ? 'given' : 'needed',
    overall,
    decision,
    signals,
    settings: owner.current,
    threads: options.system.threads,
    gpus: options.system.gpus,
    energy: parts.energy,
    network: network(parts),
    device: deviceIdSchema.parse(ports.identity.device.publicKey),
    account: accountIdSchema.parse(ports.identity.account.publicKey),
    keychain: options.keychain,
    earnNowUntil: owner.earnNowUntil,
    slots,
    earnings: { ...earnings.sums(), verifying: parts.verifying, unsent: parts.unsent },
    receipts: earnings.receipts(),
    activity: earnings.activity(),
    ledger: {
      size: ports.store.lastHead()?.head.size ?? 0,
      checkedAt: ports.store.lastHeadCheckedAt() ?? null,
      trusted: parts.trusted,
    },
    sandbox: ports.workerPool.sandbox,
    refusedModules: parts.refusedModules,
    problems,
  };
}
