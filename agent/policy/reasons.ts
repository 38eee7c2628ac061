// SPDX-License-Identifier: MIT
import type { RunDecision } from '../../protocol/agent-state.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Limiting } from './hysteresis.ts';
import { acting, type Limits, limitsUnder } from './limits.ts';
import { endsAt, type Look } from './rule.ts';

/*
 * The order of reasons, most important first, so that the first is the one sentence that explains what is seen:
 *
 *   1. the owner's own word, and trust
 *   2. rules that leave nothing, in the order of the table (`rules.ts`)
 *   3. settling, and a limit of zero, where they leave nothing
 *   4. what keeps work from coming: rules of the connection, a network that is away or has nothing to do
 *   5. what leaves a part, in the order of the table, and settling
 *   6. what stops GPU work only
 */

/** A pause that the owner asked for, as long as it lasts. */
function paused({ settings, now }: Look, what: 'all' | 'gpu'): SuspendReason[] {
  const until = what === 'all' ? settings.pausedUntil : settings.gpuPausedUntil;
  if (until === 'resumed') return [{ code: 'paused_by_user', for: what }];
  if (until === null || until <= now) return [];
  return [{ code: 'paused_by_user', for: what, ...endsAt(until) }];
}

/** What stops everything and has no waiting time: the owner's own word, and trust. */
export function ownersReasons(look: Look): SuspendReason[] {
  const { settings, facts } = look;
  const reasons: SuspendReason[] = [];
  if (settings.consentGivenAt === null) reasons.push({ code: 'consent_needed' });
  if (facts.shuttingDown) reasons.push({ code: 'shutting_down' });
  if (facts.updatePending) reasons.push({ code: 'update_pending' });
  if (!facts.ledgerTrusted) reasons.push({ code: 'ledger_contradiction' });
  return [...reasons, ...paused(look, 'all')];
}

/** What stops GPU work only. */
export const gpuReasons = (look: Look): SuspendReason[] => paused(look, 'gpu');

/** Waiting after rules that have ended, where that takes away more than the rules that hold. */
function settling({ settings }: Look, limiting: readonly Limiting[], limits: Limits): SuspendReason[] {
  const holding = limiting.filter(({ reason }) => reason !== undefined);
  const later = limitsUnder(settings, acting(holding, Infinity));
  const waits =
    limits.cpuPercent < later.cpuPercent ||
    (limits.threads ?? Infinity) < (later.threads ?? Infinity) ||
    limits.gpuPercent < later.gpuPercent ||
    limits.memoryPercent < later.memoryPercent ||
    (later.mayFetch && !limits.mayFetch);
  if (!waits) return [];
  const cooling = limiting.filter(({ reason }) => reason === undefined);
  const ends = (cooling.length > 0 ? cooling : limiting).map(({ coolsUntil }) => coolsUntil);
  return [{ code: 'settling', ...endsAt(Math.max(...ends)) }];
}

interface RulesReasons {
  readonly stops: SuspendReason[];
  readonly parts: SuspendReason[];
  readonly fetching: SuspendReason[];
}

/** What the rules that hold say, each code once, by what each of them leaves. */
function rulesReasons({ settings, now }: Look, limiting: readonly Limiting[], limits: Limits): RulesReasons {
  const sorted: RulesReasons = { stops: [], parts: [], fetching: [] };
  const told = new Set<string>();
  // A cap above what is left anyway takes nothing away.
  const cuts = (one: Limiting): boolean => {
    const others = limiting.filter((other) => other !== one);
    return limitsUnder(settings, acting(others, now)).cpuPercent > limits.cpuPercent;
  };
  for (const one of limiting) {
    const { rule, reason } = one;
    if (reason === undefined || told.has(reason.code)) continue;
    const { effect } = rule;
    if (effect.mostCpuPercent !== undefined && !cuts(one)) continue;
    told.add(reason.code);
    if (effect.leaves === 0 || (effect.inUse && limits.owner.cpuPercent === 0)) sorted.stops.push(reason);
    else if (effect.noFetch) sorted.fetching.push(reason);
    else sorted.parts.push(reason);
  }
  return sorted;
}

/** A limit that is zero by itself, and in which profile. */
function zeroLimit({ settings }: Look, { owner, profile }: Limits, of: 'cpu' | 'gpu'): SuspendReason[] {
  const [percent, inUse] =
    of === 'cpu'
      ? [owner.cpuPercent, settings.inUseCpuPercent]
      : [owner.gpuPercent, settings.inUseGpuPercent];
  if (percent > 0) return [];
  const here = profile === 'in_use' && inUse === 0 ? profile : 'away';
  return [{ code: 'limit_is_zero', for: of, profile: here }];
}

/** Nothing is forbidden: there is just nothing to run. */
function networkReasons({ facts }: Look, { mayFetch }: Limits, mayRun: boolean): SuspendReason[] {
  if (facts.offlineSince !== null) return [{ code: 'offline', since: facts.offlineSince }];
  if (facts.noWork === undefined || !mayRun || !mayFetch) return [];
  return [{ code: 'nothing_to_do', detail: facts.noWork }];
}

/**
 * Why less than everything runs, most important first; each reason at most once.
 * @param owners what `ownersReasons` gave
 * @param mayRun whether anything may run now
 */
export function reasonsFor(
  look: Look,
  owners: readonly SuspendReason[],
  limiting: readonly Limiting[],
  limits: Limits,
  mayRun: boolean,
): RunDecision['reasons'] {
  const { stops, parts, fetching } = rulesReasons(look, limiting, limits);
  const waits = settling(look, limiting, limits);
  const nothingLeft = limits.cpuPercent === 0;
  const hasGpu = look.facts.gpus > 0;
  return [
    ...owners,
    ...stops,
    ...(nothingLeft ? waits : []),
    ...zeroLimit(look, limits, 'cpu'),
    ...fetching,
    ...networkReasons(look, limits, mayRun),
    ...parts,
    ...(nothingLeft ? [] : waits),
    ...(hasGpu ? gpuReasons(look) : []),
    ...(hasGpu ? zeroLimit(look, limits, 'gpu') : []),
  ];
}
