// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';
import type { AttemptLease } from '../protocol/coordinator-api.ts';
import { LullError } from '../protocol/errors.ts';
import { blobHashOf } from '../protocol/hashes.ts';
import type { BlobRef } from '../protocol/job.ts';
import type { WorkerTask } from '../protocol/worker-messages.ts';
import { abortable } from './abortable.ts';
import type { Gate } from './gate.ts';
import { type NetworkSession, SILENCE } from './network-session.ts';
import { backOffMs, NETWORK_BACK_OFF } from './policy/back-off.ts';
import type { BlobCache } from './ports.ts';

const NOTHING = new Uint8Array();

interface FetcherParts {
  readonly session: NetworkSession;
  readonly cache: BlobCache;
  readonly clock: Clock;
  readonly random: () => number;
  /** open while anything may be fetched from the network */
  readonly gate: Gate;
}

/** Brings a task's bytes here: by hash, through the cache, and never believed without being hashed. */
export class Fetcher {
  readonly #parts: FetcherParts;
  readonly #underway = new Map<string, Promise<Uint8Array>>();

  constructor(parts: FetcherParts) {
    this.#parts = parts;
  }

  /**
   * Waits for a silent network, and until something may be fetched.
   * @param fetched is told of the bytes that came over the network for this task
   * @throws {LullError} `unknown_blob`, `blob_hash_mismatch`, `disk_full`
   */
  async task(
    lease: AttemptLease,
    signal: AbortSignal,
    fetched: (bytes: number) => void,
  ): Promise<WorkerTask> {
    const { spec } = lease;
    const blob = (ref: BlobRef): Promise<Uint8Array> => this.#blob(ref, signal, fetched);
    const module = await blob(spec.module);
    const input = spec.input === undefined ? NOTHING : await blob(spec.input);
    const files: { path: string; bytes: Uint8Array }[] = [];
    for (const file of spec.files) files.push({ path: file.path, bytes: await blob(file.blob) });
    const { kind, args, index, count, seed, limits } = spec;
    return { kind, module, args, input, files, index, count, seed, limits };
  }

  // Two tasks of one job start together and need the same module: one download serves both.
  async #blob(blob: BlobRef, signal: AbortSignal, fetched: (bytes: number) => void): Promise<Uint8Array> {
    const underway = this.#underway.get(blob.hash);
    if (underway !== undefined) {
      // Should the other one be cancelled, or fail, this one tries by itself.
      const bytes = await abortable(underway, signal).catch(() => undefined);
      if (bytes !== undefined) return bytes;
      signal.throwIfAborted();
    }
    const loading = this.#load(blob, signal, fetched).finally(() => this.#underway.delete(blob.hash));
    this.#underway.set(blob.hash, loading);
    return loading;
  }

  async #load(blob: BlobRef, signal: AbortSignal, fetched: (bytes: number) => void): Promise<Uint8Array> {
    const { cache } = this.#parts;
    const kept = await cache.get(blob.hash);
    if (kept !== undefined) return kept;
    const bytes = await this.#download(blob, signal);
    fetched(bytes.length);
    if (bytes.length !== blob.size || blobHashOf(bytes) !== blob.hash) {
      throw new LullError(
        'blob_hash_mismatch',
        `The network sent other bytes than those named ${blob.hash.slice(0, 12)}…: they were thrown away.`,
      );
    }
    await cache.put(blob, bytes);
    return bytes;
  }

  async #download(blob: BlobRef, signal: AbortSignal): Promise<Uint8Array> {
    const { session, clock, random, gate } = this.#parts;
    for (let failures = 1; ; failures++) {
      await gate.opened(signal);
      const { closing } = gate;
      try {
        const either = AbortSignal.any([signal, closing]);
        return await session.call('getBlob', { params: { hash: blob.hash } }, either);
      } catch (error) {
        signal.throwIfAborted();
        if (closing.aborted) continue;
        if (!(error instanceof LullError && SILENCE.has(error.code))) throw error;
        await sleep(clock, backOffMs(NETWORK_BACK_OFF, failures, random()), signal);
      }
    }
  }
}
