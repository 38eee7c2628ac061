// SPDX-License-Identifier: MIT
import { type RawBuilder, sql as raw } from 'kysely';

import type { AttemptState } from './schema.ts';

// Written out in the statement, not bound: only so does SQLite see that a partial index fits.
const literals = (...states: AttemptState[]): RawBuilder<AttemptState>[] =>
  states.map((state) => raw.lit<AttemptState>(state));

/** The states in which an attempt takes its account's one place in the task; as in the index that keeps it so. */
export const LIVE = literals('leased', 'reported', 'paid', 'refused');

/** Out, or waiting for its quorum. */
export const OPEN = literals('leased', 'reported');
