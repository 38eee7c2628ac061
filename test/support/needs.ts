// SPDX-License-Identifier: MIT
import { installCommand, type Need, REQUIREMENTS } from '../../build/test-environment.ts';

export type NeedResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const asked = new Map<Need, NeedResult>();

/** Whether this machine has what a test needs; if not, the reason to give to `context.skip(reason)`. */
export const needs = (...all: readonly Need[]): NeedResult => {
  for (const need of all) {
    const result = asked.get(need) ?? look(need);
    asked.set(need, result);
    if (!result.ok) return result;
  }
  return { ok: true };
};

const look = (need: Need): NeedResult =>
  REQUIREMENTS[need].isThere()
    ? { ok: true }
    : { ok: false, reason: `${need} is not installed (on Debian: ${installCommand([need])})` };
