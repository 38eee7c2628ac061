// SPDX-License-Identifier: MIT
import type { networkInterfaces } from 'node:os';

import type { Clock } from '../../../protocol/clock.ts';
import type { Logger } from '../../../protocol/logger.ts';
import type { Signals } from '../../../protocol/signals.ts';
import type { Startable } from '../../../protocol/startable.ts';
import type { RunCommand } from './command.ts';
import type { StartHelper } from './line-helper.ts';

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
  /** Electron lays its own sensors over these: who is there, and on macOS the heat, need not be asked for twice */
  readonly desktop?: boolean;
  /** how the system's own commands are run */
  readonly run?: RunCommand;
  /** how a child that answers questions is started */
  readonly startHelper?: StartHelper;
  readonly interfaces?: typeof networkInterfaces;
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
