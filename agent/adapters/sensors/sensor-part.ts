// SPDX-License-Identifier: MIT
import type { Clock } from '../../../protocol/clock.ts';
import type { Logger } from '../../../protocol/logger.ts';
import type { Signals } from '../../../protocol/signals.ts';
import type { Startable } from '../../../protocol/startable.ts';

/** What the sensors of a host are made of. */
export interface SensorParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** free space is measured where this is */
  readonly dataFolder: string;
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
  /** the root of `/dev`, `/proc`, `/run` and `/sys`: another folder in tests */
  readonly root?: string;
  /**
   * Processor time that Lull's workers have taken since this host began, s; never shrinks. Linux tells it by itself;
   * elsewhere, without it, what others take cannot be told from what Lull takes.
   */
  readonly workersCpuSeconds?: () => number;
}

/** One group of sensors. Never throws; has no timers: it reads when it is asked to, or hears events. */
export interface SensorPart extends Partial<Startable> {
  /** Only what it knows: a signal that it leaves out is unknown here. */
  read(): Partial<Signals>;
  /** Names of the running programs, where this part knows them. */
  programs?(): readonly string[] | null;
  /** @returns stops listening */
  onChange?(listener: () => void): () => void;
}
