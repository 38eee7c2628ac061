// SPDX-License-Identifier: MIT
import { feeOf, priceOf } from '../../protocol/money.ts';

/** The most that one amount may be: what both databases hold exactly (2⁶³ - 1). */
export const MAX_MICRO = 2n ** 63n - 1n;

export interface Terms {
  /** micro-credits per 10⁹ units of fuel */
  readonly pricePerGigafuel: bigint;
  /** the network's part, on top, in basis points */
  readonly feeBasisPoints: number;
  /** the most one attempt may burn */
  readonly fuelLimit: bigint;
}

export interface Payment {
  /** to the device's account */
  readonly amount: bigint;
  /** to the network */
  readonly fee: bigint;
}

/** What one agreeing attempt earns. Fuel beyond the job's limit is never paid: the escrow always suffices. */
export function payFor(fuel: bigint, terms: Terms): Payment {
  const amount = priceOf(fuel < terms.fuelLimit ? fuel : terms.fuelLimit, terms.pricePerGigafuel);
  return { amount, fee: feeOf(amount, terms.feeBasisPoints) };
}

/** The most a job may cost: every attempt of every quorum burns its limit. */
export function escrowFor(tasks: number, quorum: number, terms: Terms): bigint {
  const { amount, fee } = payFor(terms.fuelLimit, terms);
  return BigInt(tasks) * BigInt(quorum) * (amount + fee);
}
