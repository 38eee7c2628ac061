// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { prepareExamples } from '../../build/examples.ts';

/** The examples, ready to submit, in a folder of their own that goes away with `remove`. */
export const preparedExamples = async (): Promise<{ folder: string; remove: () => Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), 'lull-examples-'));
  await prepareExamples(folder);
  return { folder, remove: () => rm(folder, { recursive: true }) };
};
