// SPDX-License-Identifier: MIT

import { z } from 'zod';

import type { Clock } from '../../protocol/clock.ts';
import { LullError, toError, wireErrorSchema } from '../../protocol/errors.ts';
import { type PublicKey, publicKeySchema } from '../../protocol/ids.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { Startable } from '../../protocol/startable.ts';
import { forkNode, type ForkProgram, type ProgramChild } from './fork-program.ts';

const START_MS = 20_000;
const STOP_MS = 2000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;
/** A child that lived this long was well; its next end is retried quickly again. */
const WELL_MS = 60_000;

const fromCoordinatorSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('listening'), url: z.url(), publicKey: publicKeySchema }),
  z.strictObject({ type: z.literal('failed'), error: wireErrorSchema }),
]);

export interface EmbeddedCoordinatorOptions {
  /** the coordinator's program: dist/coordinator.js, or its source in tests */
  readonly entry: string;
  readonly databaseFile: string;
  readonly blobsDir: string;
  /** how this host starts a child; Node's `fork` by default */
  readonly fork?: ForkProgram;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Listening {
  readonly url: string;
  readonly publicKey: PublicKey;
}

/**
 * The network of one: a coordinator in a child process on loopback. It ends when this process ends, however
 * that happens (its IPC channel closes), and is started again, at the same address, when it dies by itself.
 */
export class EmbeddedCoordinator implements Startable {
  readonly #options: EmbeddedCoordinatorOptions;
  readonly #logger: Logger;
  #child: ProgramChild | undefined;
  #listening: Listening | undefined;
  #stopping = false;
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: () => void = () => undefined;

  constructor(options: EmbeddedCoordinatorOptions) {
    this.#options = options;
    this.#logger = options.logger.scope({ part: 'embedded-coordinator' });
  }

  /** Where it listens; known from the first start on, and the same ever after. */
  get url(): string {
    if (this.#listening === undefined)
      throw new LullError('unreachable', 'The network of this computer has not started.');
    return this.#listening.url;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @throws {LullError} the coordinator's own failure: `already_open`, `database_too_new`, `disk_full` … */
  async start(signal: AbortSignal): Promise<void> {
    this.#stopping = false;
    const stop = (): void => void this.#child?.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    try {
      this.#listening = await this.#launch();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelRetry();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(STOP_MS, () => child.kill('SIGKILL'));
      child.once('exit', () => {
        cancel();
        resolve();
      });
      if (child.connected) child.send({ type: 'stop' });
      else child.kill('SIGTERM');
    });
  }

  #launch(): Promise<Listening> {
    const { entry, databaseFile, blobsDir, clock, fork = forkNode } = this.#options;
    const listen = this.#listening === undefined ? '127.0.0.1:0' : new URL(this.#listening.url).host;
    const began = clock.monotonic();
    const child = fork(
      entry,
      [
        '--database',
        `sqlite:${databaseFile}`,
        '--blobs',
        blobsDir,
        '--listen',
        listen,
        '--name',
        'This computer',
        '--practice',
      ],
      {
        // Ctrl-C in a terminal goes to its whole process group: the agent hears it and ends this child in order.
        detached: process.platform !== 'win32',
        // It serves one computer: a small young generation costs it no time, and saves 5 MB. That Electron's
        // utility processes take flags of V8, nothing promises.
        execArgv: fork === forkNode ? ['--max-semi-space-size=1'] : [],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    this.#child = child;
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));

    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        cancel();
        reject(error);
      };
      const cancel = clock.after(START_MS, () => {
        child.kill('SIGKILL');
        fail(
          new LullError(
            'unreachable',
            `The network of this computer did not start within ${START_MS / 1000} s.`,
          ),
        );
      });
      child.on('message', (raw: unknown) => {
        const message = fromCoordinatorSchema.safeParse(raw);
        if (!message.success) this.#logger.warn('The coordinator sent something unknown.');
        else if (message.data.type === 'failed') fail(LullError.fromWire(message.data.error));
        else {
          cancel();
          resolve({ url: message.data.url, publicKey: message.data.publicKey });
        }
      });
      child.once('error', fail);
      child.once('exit', (code: number | null, by: string | null) => {
        fail(
          new LullError(
            'unreachable',
            'The network of this computer ended before it listened; the log has the details.',
          ),
        );
        this.#ended(code ?? by, errors, clock.monotonic() - began);
      });
    });
  }

  #ended(how: number | string | null, errors: string, livedMs: number): void {
    if (this.#stopping || this.#listening === undefined) return;
    this.#logger.warn('The coordinator ended by itself; it is started again.', {
      how,
      errors,
      retryMs: this.#retryMs,
    });
    if (livedMs > WELL_MS) this.#retryMs = FIRST_RETRY_MS;
    this.#cancelRetry = this.#options.clock.after(this.#retryMs, () => {
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      // Its end, if it fails, comes back here and is tried again later.
      this.#launch().catch((error: unknown) =>
        this.#logger.warn('The coordinator did not start.', { error: toError(error).message }),
      );
    });
  }
}
