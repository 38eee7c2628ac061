// SPDX-License-Identifier: MIT
import type { PollRequest, PollResponse } from '../../protocol/coordinator-api.ts';
import { change, type Context } from '../context.ts';
import { judgeHold, needsRenewal } from '../policy/lease.ts';
import { findAttempts, heldAttempts, renewLeases, setAttemptState } from '../sql/attempts.ts';
import { takePlaces } from '../sql/claim-tasks.ts';
import { type Device, receiptsLatest } from '../sql/devices.ts';
import { handOut, leaseOf } from './hand-out.ts';
import { lockStanding } from './standing.ts';

type Cancelled = PollResponse['cancelled'][number];

/** One look at what there is for a device, without waiting. */
export async function look(context: Context, device: Device, request: PollRequest): Promise<PollResponse> {
  const { store, clock, network, jobs } = context;
  const listed = new Set(request.attempts.map(({ attempt }) => attempt));
  const held = await store.read((sql) => heldAttempts(sql, device.id));
  const leased = held.filter(({ state }) => state === 'leased');
  const heldIds = new Set(held.map(({ public_id }) => public_id));
  const cancelled: Cancelled[] = [];

  const strays = [...listed].filter((attempt) => !heldIds.has(attempt));
  if (strays.length > 0) cancelled.push(...(await judgeStrays(context, device, strays)));

  // What the coordinator believes leased and the device does not name was never received: once more.
  const lost = leased.filter(({ public_id }) => !listed.has(public_id)).slice(0, request.freeSlots);
  const now = clock.now();
  const lostIds = new Set(lost.map(({ id }) => id));
  const due = leased.filter(
    ({ id, public_id, lease_until }) =>
      (listed.has(public_id) || lostIds.has(id)) && needsRenewal(lease_until, now, network.leaseMs),
  );
  if (due.length > 0) {
    await change(context, (sql) =>
      renewLeases(
        sql,
        due.map(({ id }) => id),
        now + network.leaseMs,
      ),
    );
  }
  const again = await store.read((sql) =>
    Promise.all(
      lost.map(async (attempt) =>
        leaseOf(await jobs.terms(sql, attempt.job_id), attempt.public_id, attempt, network.leaseMs),
      ),
    ),
  );

  const heldJobs = leased.map(({ job_id }) => job_id);
  const fresh = await handOut(context, device, request.freeSlots - again.length, heldJobs);
  const leases = [...again, ...fresh.leases];
  return {
    leases,
    cancelled,
    receiptsLatest: await store.read((sql) => receiptsLatest(sql, device.id)),
    verifying: held.length - leased.length,
    ...(leases.length === 0 && fresh.noWork !== undefined ? { noWork: fresh.noWork } : {}),
    serverTime: clock.now(),
  };
}

/** Attempts that a device names and that it does not hold: stopped, given back to it, or simply reported. */
async function judgeStrays(
  context: Context,
  device: Device,
  strays: PollRequest['attempts'][number]['attempt'][],
): Promise<Cancelled[]> {
  const rows = await context.store.read((sql) => findAttempts(sql, strays));
  const own = new Map(rows.filter((row) => row.device_id === device.id).map((row) => [row.public_id, row]));
  const cancelled: Cancelled[] = [];
  for (const attempt of strays) {
    const row = own.get(attempt);
    if (row === undefined) {
      // Of another device, or of a database that is gone: its place is not this device's.
      cancelled.push({ attempt, reason: 'lease_expired' });
      continue;
    }
    if (row.state === 'paid' || row.state === 'refused') continue;
    const verdict = await change(context, async (sql) => {
      const judged = judgeHold(await lockStanding(sql, row));
      if (judged === 'revive') {
        await takePlaces(sql, [row.task_id]);
        const lease_until = context.clock.now() + context.network.leaseMs;
        await setAttemptState(sql, [row.id], { state: 'leased', lease_until });
      }
      return judged;
    });
    if (verdict !== 'keep' && verdict !== 'revive') cancelled.push({ attempt, reason: verdict });
  }
  return cancelled;
}
