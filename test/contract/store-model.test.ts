// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Store } from '../../coordinator/store.ts';
import type { AttemptLease, ResultReport } from '../../protocol/coordinator-api.ts';
import { type ErrorCode, LullError } from '../../protocol/errors.ts';
import type { JobStatus } from '../../protocol/job.ts';
import type { SignedTreeHead } from '../../protocol/ledger.ts';
import { verifyHeadConsistency, verifyReceipt } from '../../protocol/ledger-proofs.ts';
import { eventually } from '../support/eventually.ts';
import { onEachStore, type StoreAdapter } from '../support/store-adapters.ts';
import { audit } from '../support/store-audit.ts';
import { TestNetwork } from '../support/store-network.ts';
import { jobOf, type Requester, type TestDevice } from '../support/store-parties.ts';
import { TestClock } from '../support/test-clock.ts';

const LEASE_MS = 20_000;
const small = fc.nat(7);

const named = <N extends string>(name: N): fc.Arbitrary<N> => fc.constant(name);

const submit = fc.record({
  do: named('submit'),
  tasks: fc.integer({ min: 1, max: 3 }),
  quorum: fc.integer({ min: 1, max: 3 }),
});
const poll = fc.record({
  do: named('poll'),
  device: small,
  slots: fc.integer({ min: 0, max: 3 }),
  forgets: fc.boolean(),
});
const word = fc.constantFrom('right', 'right', 'right', 'right', 'wrong', 'worse');
const report = fc.record({ do: named('report'), lease: small, word });
const repeat = fc.record({ do: named('repeat'), report: small });
const giveBack = fc.record({ do: named('giveBack'), lease: small, fault: fc.boolean() });
const wait = fc.record({ do: named('wait'), ms: fc.constantFrom(60, 5000, LEASE_MS * 1.5) });
const cancel = fc.record({ do: named('cancel'), job: small });
const restart = fc.record({ do: named('restart') });

/** Anything that can happen to a network, in any order. Numbers choose among what there is, modulo its count. */
const step = fc.oneof(
  { weight: 2, arbitrary: submit },
  { weight: 6, arbitrary: poll },
  { weight: 10, arbitrary: report },
  { weight: 2, arbitrary: repeat },
  { weight: 1, arbitrary: giveBack },
  { weight: 2, arbitrary: wait },
  { weight: 1, arbitrary: cancel },
  { weight: 1, arbitrary: restart },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const pick = <T>(items: readonly T[], number: number): T | undefined =>
  items[number % Math.max(1, items.length)];

/** Does it; a refusal that the situation allows is an outcome like any other. */
async function allowing<T>(codes: readonly ErrorCode[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof LullError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

interface Held {
  readonly device: TestDevice;
  readonly lease: AttemptLease;
}

class World {
  readonly #adapter: StoreAdapter;
  readonly #database: string;
  readonly clock = new TestClock();
  #store: Store;
  net!: TestNetwork;
  requester!: Requester;
  readonly devices: TestDevice[] = [];
  #held: Held[] = [];
  readonly #sent: (Held & { readonly report: ResultReport })[] = [];
  readonly #jobs: JobStatus[] = [];
  readonly heads: SignedTreeHead[] = [];

  private constructor(adapter: StoreAdapter, database: string, store: Store) {
    this.#adapter = adapter;
    this.#database = database;
    this.#store = store;
  }

  static async make(adapter: StoreAdapter): Promise<World> {
    const database = await adapter.database();
    const world = new World(adapter, database, await adapter.open(database));
    // Enough for some jobs, not for all.
    const options = { leaseMs: LEASE_MS, startingCredits: 50_000_000n };
    world.net = await TestNetwork.start(world.#store, world.clock, options);
    world.requester = world.net.requester();
    for (const devices of [2, 2, 1, 1]) {
      const owner = world.net.requester();
      for (let device = 0; device < devices; device++) world.devices.push(await world.net.device(owner));
    }
    return world;
  }

  get store(): Store {
    return this.#store;
  }

  async act(what: Step): Promise<void> {
    switch (what.do) {
      case 'submit': {
        const job = jobOf(what.tasks, { quorum: what.quorum });
        const made = await allowing(['insufficient_credits'], this.requester.submit(job));
        if (made !== undefined) this.#jobs.push(made);
        return;
      }
      case 'cancel': {
        const job = pick(this.#jobs, what.job);
        if (job !== undefined) await this.requester.cancel(job.id);
        return;
      }
      case 'wait':
        return this.clock.advance(what.ms);
      case 'restart':
        await this.net.stop();
        await this.#store.close();
        this.#store = await this.#adapter.open(this.#database);
        return this.net.restart(this.#store);
      case 'poll':
        return this.#poll(what);
      case 'report': {
        const held = this.#take(what.lease);
        if (held === undefined) return;
        const report = held.device.resultOf(held.lease, { output: what.word });
        const late = ['lease_expired', 'job_ended', 'already_reported'] as const;
        if ((await allowing(late, held.device.send(report))) !== undefined)
          this.#sent.push({ ...held, report });
        return;
      }
      case 'repeat': {
        const sent = pick(this.#sent, what.report);
        if (sent !== undefined) await sent.device.send(sent.report);
        return;
      }
      case 'giveBack': {
        const held = this.#take(what.lease);
        await held?.device.giveBack(held.lease.attempt, what.fault ? 'failed_here' : 'busy');
      }
    }
  }

  #take(number: number): Held | undefined {
    const held = pick(this.#held, number);
    this.#held = this.#held.filter((other) => other !== held);
    return held;
  }

  async #poll({ device: number, slots, forgets }: Step & { do: 'poll' }): Promise<void> {
    const device = pick(this.devices, number);
    if (device === undefined) return;
    const own = this.#held.filter((held) => held.device === device);
    // A device that forgets has crashed: it is handed its leases again.
    const named = forgets ? [] : own.map(({ lease }) => lease.attempt);
    const answer = await device.poll({ freeSlots: slots, attempts: named });
    const stopped = new Set(answer.cancelled.map(({ attempt }) => attempt));
    const kept = this.#held.filter(({ lease }) => !stopped.has(lease.attempt));
    const known = new Set(kept.map(({ lease }) => lease.attempt));
    const fresh = answer.leases.filter(({ attempt }) => !known.has(attempt));
    this.#held = [...kept, ...fresh.map((lease) => ({ device, lease }))];
  }

  /** Everything is in the log, every receipt proves itself, and no head contradicts an earlier one. */
  async checkLedger(): Promise<void> {
    const count = (await this.#store.read(({ db }) => db.selectFrom('ledger_entries').select('id').execute()))
      .length;
    const newest = await eventually('the log is complete', async () => {
      await this.clock.advance(100);
      const head = await this.net.head();
      return head.head.size === count && head;
    });
    for (const older of this.heads) {
      const proof = await this.net.consistency(older.head.size, newest.head.size);
      expect(verifyHeadConsistency(older.head, newest.head, proof)).toBe('verified');
    }
    let paid = 0;
    for (const device of this.devices) {
      for (const [index, { sequence, receipt }] of (await device.receipts()).entries()) {
        expect(sequence).toBe(index + 1);
        const proof = await this.net.proofOf(receipt, newest);
        expect(verifyReceipt(proof, this.net.coordinator.publicKey)).toBe('verified');
        paid += 1;
      }
    }
    expect(paid).toBe((await this.net.entries()).filter(({ kind }) => kind === 'pay').length);
  }
}

onEachStore('whatever happens in whatever order', (adapter) => {
  test(
    'nobody is paid twice, no money appears or vanishes, and everything paid is proved',
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80, size: 'max' }), async (steps) => {
          const world = await World.make(adapter);
          for (const what of steps) {
            await world.act(what);
            await audit(world.store);
            world.heads.push(await world.net.head());
          }
          await world.checkLedger();
          await world.net.stop();
          await world.store.close();
        }),
        { numRuns: adapter.kind === 'sqlite' ? 25 : 4, endOnFailure: false },
      );
    },
  );
});
