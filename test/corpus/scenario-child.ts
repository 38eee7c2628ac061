// SPDX-License-Identifier: MIT
// "scenario-child.ts NAME plain|metered" does a scenario twice over and prints what came of it as JSON.
import { createHash } from 'node:crypto';

import { meterModule } from '../../worker/wasm/meter/meter.ts';
import { meterWebAssembly } from '../support/metered-webassembly.ts';
import { Packages } from './packages.ts';
import { SCENARIOS } from './scenarios/index.ts';

export interface ScenarioReport {
  /** SHA-256 of what each of the two runs gave, and how many bytes that were */
  readonly results: readonly { readonly digest: string; readonly bytes: number }[];
  readonly meteredModules: number;
  /** units, decimal */
  readonly fuel: string;
}

/** So small that modules call out all the time. */
const QUANTUM = 4096n;
const LIMITS = { moduleBytes: 2 ** 28, memoryBytes: 2 ** 32 };

const [name, variant] = process.argv.slice(2);
const scenario = SCENARIOS.find((one) => one.name === name);
if (scenario === undefined) throw new Error(`There is no scenario "${name}".`);
const hook =
  variant === 'metered' ? meterWebAssembly((bytes) => meterModule(bytes, LIMITS), QUANTUM) : undefined;
const work = await scenario.load(new Packages());
const results: { digest: string; bytes: number }[] = [];
for (let run = 0; run < 2; run++) {
  const result = await work();
  const digest = createHash('sha256').update(result).digest('hex');
  results.push({ digest, bytes: Buffer.byteLength(result) });
}
const report: ScenarioReport = {
  results,
  meteredModules: hook?.modules.length ?? 0,
  fuel: String(hook?.consumed ?? 0n),
};
process.stdout.write(JSON.stringify(report), () => process.exit());
