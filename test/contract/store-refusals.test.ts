// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { blobHashOf } from '../../protocol/hashes.ts';
import { attemptIdSchema, type JobId, jobIdSchema } from '../../protocol/ids.ts';
import { onEachStore } from '../support/store-adapters.ts';
import { TestNetwork } from '../support/store-network.ts';
import type { Requester } from '../support/store-parties.ts';
import { blobOf, jobOf, TestDevice } from '../support/store-parties.ts';
import { TestClock } from '../support/test-clock.ts';

const never = new AbortController().signal;
const unsigned = { params: undefined, query: undefined, body: undefined };

onEachStore('refusals', (adapter) => {
  const start = async (): Promise<TestNetwork> => TestNetwork.start(await adapter.open(), new TestClock());

  test('a device registers as often as it likes, and stays with its first account', async () => {
    const net = await start();
    const device = await net.device();
    await device.register({ moduleKinds: ['wasi'] });
    await net.requester().submit(jobOf(1));
    expect((await device.poll()).noWork).toBe('needs_module_kind');
    const moved = new TestDevice(() => net.handlers, net.requester(), device.key);
    await expect(moved.register()).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('an account must sign for its device', async () => {
    const net = await start();
    const [one, other] = [await net.device(), await net.device()];
    const request = { ...unsigned, body: one.registration(), key: other.id };
    await expect(net.handlers.register(request, never)).rejects.toMatchObject({ code: 'bad_signature' });
  });

  test('a device that nobody knows is told to register', async () => {
    const net = await start();
    const stranger = new TestDevice(() => net.handlers, net.requester());
    await expect(stranger.poll()).rejects.toMatchObject({ code: 'unknown_device' });
    await expect(stranger.receipts()).rejects.toMatchObject({ code: 'unknown_device' });
  });

  test('a result counts only from the device that holds the attempt, signed by it, for its task', async () => {
    const net = await start();
    await net.requester().submit(jobOf(2));
    const [holder, thief] = [await net.device(), await net.device()];
    const lease = await holder.lease();
    const report = holder.resultOf(lease);
    await expect(thief.report(lease)).rejects.toMatchObject({ code: 'not_the_holder' });
    await expect(thief.send(report)).rejects.toMatchObject({ code: 'not_the_holder' });
    await expect(thief.giveBack(lease.attempt)).rejects.toMatchObject({ code: 'not_the_holder' });
    const forged = { ...report, statement: { ...report.statement, fuel: '1999999999' } };
    await expect(holder.send(forged)).rejects.toMatchObject({ code: 'bad_signature' });
    const unknown = { ...lease, attempt: attemptIdSchema.parse('att_00000000') };
    await expect(holder.report(unknown)).rejects.toMatchObject({ code: 'unknown_attempt' });
    await expect(holder.giveBack(unknown.attempt)).rejects.toMatchObject({ code: 'unknown_attempt' });
    const elsewhere = { ...lease, task: `${lease.job}.1` as typeof lease.task };
    await expect(holder.report(elsewhere)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(
      (await thief.poll({ attempts: [lease.attempt, unknown.attempt], freeSlots: 0 })).cancelled,
    ).toEqual([
      { attempt: lease.attempt, reason: 'lease_expired' },
      { attempt: unknown.attempt, reason: 'lease_expired' },
    ]);
    expect(await holder.send(report)).toBe('verifying');
  });

  test('an output counts only when it was uploaded and is no larger than the job allows', async () => {
    const net = await start();
    await net
      .requester()
      .submit(jobOf(1, { limits: { fuel: '1000', memoryBytes: 65_536, outputBytes: 40, wallMs: 1000 } }));
    const device = await net.device();
    const lease = await device.lease();
    await expect(device.report(lease, { output: 'far too much' })).rejects.toMatchObject({
      code: 'too_large',
    });
    const output = blobOf(`r ${lease.task}`);
    net.missing.add(output.hash);
    await expect(device.report(lease, { output: 'r' })).rejects.toMatchObject({ code: 'unknown_blob' });
    net.missing.clear();
    expect(await device.report(lease, { output: 'r' })).toBe('verifying');
  });

  test('an output without bytes is named by the hash of nothing, and no other is', async () => {
    const net = await start();
    await net.requester().submit(jobOf(1));
    const device = await net.device();
    const { statement, cpuMs } = device.resultOf(await device.lease());
    for (const output of [
      { ...statement.output, size: 0 },
      { hash: blobHashOf(new Uint8Array()), size: 7 },
    ]) {
      const told = { ...statement, output };
      const body = { statement: told, signature: device.key.sign('lull.result.1', told), cpuMs };
      await expect(device.send(body)).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  test('a job that cannot be run as written is refused, saying what to write instead', async () => {
    const net = await start();
    const requester = net.requester();
    const invalid = async (changes: Parameters<typeof jobOf>[1], message: RegExp): Promise<void> => {
      await expect(requester.submit(jobOf(1, changes))).rejects.toMatchObject({
        code: 'invalid_job',
        message: expect.stringMatching(message) as string,
      });
    };
    await invalid({ args: ['x'] }, /remove "args"/);
    await invalid(
      { merge: { kind: 'module', moduleKind: 'stepped', module: blobOf('m'), args: ['x'] } },
      /remove "args" of "merge"/,
    );
    const file = { path: 'a/b', blob: blobOf('f') };
    await invalid({ moduleKind: 'wasi', files: [file, file] }, /Two files have the path "a\/b"/);
    await invalid({ module: { ...blobOf('m'), size: 2 ** 30 } }, /at most/);
    await requester.submit(jobOf(1, { moduleKind: 'wasi', args: ['x'], files: [file] }));
  });

  test("nobody sees or cancels another account's jobs", async () => {
    const net = await start();
    const [owner, other] = [net.requester(), net.requester()];
    const job = await owner.submit(jobOf(1));
    const asked = async (who: Requester, id: JobId): Promise<void> => {
      await expect(who.status(id)).rejects.toMatchObject({ code: 'unknown_job' });
      await expect(who.results(id)).rejects.toMatchObject({ code: 'unknown_job' });
      await expect(who.cancel(id)).rejects.toMatchObject({ code: 'unknown_job' });
    };
    await asked(other, job.id);
    await asked(owner, jobIdSchema.parse('job_00000000'));
    expect(await other.jobs()).toEqual([]);
    expect(await owner.jobs()).toEqual([job]);
    const second = await owner.submit(jobOf(1));
    expect((await owner.jobs()).map(({ id }) => id)).toEqual([second.id, job.id]);
    expect(await owner.jobs(1)).toHaveLength(1);
  });

  test('a request is taken once', async () => {
    const net = await start();
    const key = net.requester().account;
    expect(await net.coordinator.checkNonce(key, 'n'.repeat(16), 1)).toBe(true);
    expect(await net.coordinator.checkNonce(key, 'n'.repeat(16), 1)).toBe(false);
    expect(await net.coordinator.checkNonce(key, 'm'.repeat(16), 1)).toBe(true);
  });
});
