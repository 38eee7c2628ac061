// SPDX-License-Identifier: MIT
import type { PollResponse } from '../../protocol/coordinator-api.ts';
import type { LocalTime } from '../ports.ts';

export type NoWork = NonNullable<PollResponse['noWork']>;

/** What the agent itself knows, besides settings and sensors. Moments are ms since the epoch. */
export interface AgentFacts {
  /** logical processors, 1 or more */
  readonly threads: number;
  /** graphics processors that tasks could use, 0 or more */
  readonly gpus: number;
  /** names of the programs that run now; null: cannot be known; undefined: not asked, because no rule needs it */
  readonly programs: readonly string[] | null | undefined;
  readonly network: 'this_computer' | 'remote';
  /** sent and received since local midnight, bytes; what stays on this computer does not count */
  readonly networkBytesToday: number;
  /**
   * What this device lately earned per hour of running, in credits. It must not change because nothing runs; null:
   * it ran too little lately to know, and may run to find out.
   */
  readonly earnsPerHour: number | null;
  /** What Lull's work drew while it last ran, averaged over a minute or more, W; null: not known yet. */
  readonly watts: number | null;
  /** a new version waits to be installed */
  readonly updatePending: boolean;
  readonly localTime: LocalTime;
  /** the owner wants it to earn whatever happens at the computer, until then; null: no */
  readonly earnNowUntil: number | null;
  /** since when the network has not answered; null: it answers, or was not asked yet */
  readonly offlineSince: number | null;
  /** why the network had no work at the last poll */
  readonly noWork: NoWork | undefined;
  /** false once the network has contradicted its own ledger */
  readonly ledgerTrusted: boolean;
  readonly shuttingDown: boolean;
}
