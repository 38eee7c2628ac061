// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { accountIdSchema, blobHashSchema } from './ids.ts';
import { moduleKindSchema } from './job.ts';

/** What a stranger's program was, who published it, and what it took of this device; kept with its activity. */
export const passportSchema = z.strictObject({
  module: blobHashSchema,
  moduleKind: moduleKindSchema,
  /** the requester's account, as the coordinator named it with the lease */
  publisher: accountIdSchema,
  /** when Lull began with it, or went on with it from a checkpoint after a restart of Lull; ms since the epoch */
  startedAt: z.int(),
  /** the most memory that it had at a time; null: it ended before its worker could say */
  peakMemoryBytes: z.int().nonnegative().nullable(),
  memoryLimitBytes: z.int().nonnegative(),
  /** module, input and files, as the task was given them */
  bytesIn: z.int().nonnegative(),
  /** of these, what came over the network for this task; the rest was here already */
  bytesFetched: z.int().nonnegative(),
  /** the output, as it goes to the network */
  bytesOut: z.int().nonnegative(),
});
export type Passport = z.infer<typeof passportSchema>;
