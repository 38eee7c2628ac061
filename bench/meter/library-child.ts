// SPDX-License-Identifier: MIT
// Measures one library of the corpus: "library-child.ts NAME" prints its samples as JSON.
import { crc32 } from 'node:zlib';

import { Packages, type Work } from '../../test/corpus/packages.ts';
import { SCENARIOS } from '../../test/corpus/scenarios/index.ts';
import { meterWebAssembly } from '../../test/support/metered-webassembly.ts';
import { alternate, type Contender, CONTROL, ORIGINAL, type Samples } from './rounds.ts';
import { METERS } from './variants.ts';

export interface LibraryReport {
  readonly samples: Samples;
}

const [name] = process.argv.slice(2);
const scenario = SCENARIOS.find((one) => one.name === name);
if (scenario === undefined) throw new Error(`There is no scenario "${name}".`);

/** Work that is too short to be measured is done several times in a sample. */
const LEAST_MS = 15;
const MOST_REPEATS = 20;

async function repeatsOf(work: Work): Promise<number> {
  let fastest = Infinity;
  for (let i = 0; i < 12; i++) {
    const started = performance.now();
    await work();
    fastest = Math.min(fastest, performance.now() - started);
  }
  return Math.min(MOST_REPEATS, Math.ceil(LEAST_MS / fastest));
}

const original = await scenario.load(new Packages());
const repeats = await repeatsOf(original);

const contender = (of: string, work: Work): Contender => ({
  name: of,
  run: async () => {
    for (let i = 1; i < repeats; i++) await work();
    return crc32(await work());
  },
});

const contenders: Contender[] = [];
contenders.push(contender(ORIGINAL, original));
contenders.push(contender(CONTROL, await scenario.load(new Packages({ asOtherModules: true }))));
for (const [of, meter] of Object.entries(METERS)) {
  using hook = meterWebAssembly(meter);
  const work = await scenario.load(new Packages());
  // What is made when it is first needed is made now, while the meter is in place.
  await work();
  if (hook.modules.length === 0) throw new Error(`${name} did not compile anything that was metered`);
  contenders.push(contender(of, work));
}
process.stdout.write(JSON.stringify({ samples: await alternate(contenders) } satisfies LibraryReport), () =>
  process.exit(),
);
