// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packCatalogue, prepareExamples, readMagnitudes } from '../../build/examples.ts';

/** Bootstrap samples of each task of the earthquakes example, when its tasks are short ones. */
export const SHORT_REPLICATES = 10_000;

/** Less work in each task, for the same tasks: fewer bootstrap samples, fewer rays a pixel. */
const shorten = async (folder: string): Promise<void> => {
  const catalogue = packCatalogue(await readMagnitudes(), SHORT_REPLICATES);
  await writeFile(join(folder, 'earthquakes/catalogue.bin'), catalogue);
  const scene = join(folder, 'render/scene.txt');
  await writeFile(scene, (await readFile(scene, 'utf8')).replace(/^samples .*$/m, 'samples 25'));
};

/** The examples with short tasks, ready to submit, in a folder of their own that goes away with `remove`. */
export const preparedExamples = async (): Promise<{ folder: string; remove: () => Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), 'lull-examples-'));
  await prepareExamples(folder);
  await shorten(folder);
  return { folder, remove: () => rm(folder, { recursive: true }) };
};
