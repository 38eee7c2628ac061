// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Look, Rule } from './rule.ts';
import { type RuleName, RULES } from './rules.ts';

/*
 * The one mechanism against flapping. Every automatic rule goes through the same states by itself:
 *
 *   quiet ──seen──► in its grace ──seen for graceMs──► holds ──not seen──► cools down ──coolMs──► quiet
 *
 * It limits while it holds and while it cools down, so a stop comes at once (after the grace), and a start only when
 * every rule is quiet. A number that holds must pass a looser threshold not to be seen any more. The cool-down counts
 * from the end of holding, or, with `coolsFrom: 'begin'`, from its beginning: such a rule lets go at its own end, but not
 * sooner than coolMs after it began. Since coolMs is never below SETTLE_MS, SETTLE_MS or more lie between an automatic
 * stop and the next start, whatever the signals do.
 *
 * The first look of all stops nothing, for nothing ran before it. A clock that was put back makes no wait longer than the
 * rule's own. The owner's word ends cool-downs (`settled`), but no rule that still holds.
 */

/** What is remembered of a rule that is not quiet. Moments are ms since the epoch. */
interface RuleMemory {
  /** since when its condition is seen without a break; undefined: it is not seen */
  readonly seenSince: number | undefined;
  readonly holds: boolean;
  readonly coolsUntil: number;
}

/** What the policy must remember between two looks. */
export interface PolicyHistory {
  readonly looked: boolean;
  readonly rules: Readonly<Partial<Record<RuleName, RuleMemory>>>;
}

export const NO_HISTORY: PolicyHistory = { looked: false, rules: {} };

const QUIET: RuleMemory = { seenSince: undefined, holds: false, coolsUntil: 0 };
const NAMES = Object.keys(RULES) as RuleName[];

/** A rule that limits now. */
export interface Limiting {
  readonly rule: Rule;
  /** why, while it holds; undefined while it only cools down */
  readonly reason: SuspendReason | undefined;
  /** it limits at least until then, ms since the epoch */
  readonly coolsUntil: number;
}

/** The next state of one rule; undefined: quiet. */
function step(
  rule: Rule,
  memory: RuleMemory,
  seen: boolean,
  first: boolean,
  now: number,
): RuleMemory | undefined {
  const coolsUntil = Math.min(memory.coolsUntil, now + rule.coolMs);
  if (!seen) return coolsUntil > now ? { ...QUIET, coolsUntil } : undefined;
  const seenSince = Math.min(memory.seenSince ?? now, now);
  const holds = memory.holds || now - seenSince >= rule.graceMs;
  const cools = rule.coolsFrom === 'end' ? holds : holds && !memory.holds && !first;
  return { seenSince, holds, coolsUntil: cools ? now + rule.coolMs : coolsUntil };
}

/**
 * Looks at every rule once.
 * @param earnsNow the owner wants it to earn whatever happens at the computer: rules that yield to that are quiet
 * @returns the rules that limit now, in the order of the table
 */
export function watch(
  look: Look,
  history: PolicyHistory,
  earnsNow: boolean,
): { limiting: Limiting[]; history: PolicyHistory } {
  const limiting: Limiting[] = [];
  const rules: Partial<Record<RuleName, RuleMemory>> = {};
  for (const name of NAMES) {
    const rule: Rule = RULES[name];
    if (earnsNow && rule.yieldsToEarnNow) continue;
    const before = history.rules[name] ?? QUIET;
    const reason = rule.read(look, before.holds);
    const after = step(rule, before, reason !== undefined, !history.looked, look.now);
    if (after === undefined) continue;
    rules[name] = after;
    const { holds, coolsUntil } = after;
    if (holds || coolsUntil > look.now)
      limiting.push({ rule, reason: holds ? reason : undefined, coolsUntil });
  }
  return { limiting, history: { looked: true, rules } };
}

/** Forgets what cools down: the owner has just said what should be. */
export const settled = (history: PolicyHistory): PolicyHistory => ({
  ...history,
  rules: Object.fromEntries(
    Object.entries(history.rules).map(([name, memory]) => [name, { ...memory, coolsUntil: 0 }]),
  ),
});
