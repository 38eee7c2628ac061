// SPDX-License-Identifier: MIT
import { parseArgs } from 'node:util';

import type { Bench, Figures } from './bench.ts';

/** Every benchmark by its name; loaded only when it is run. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  checkpoint: async () => (await import('./checkpoint.ts')).checkpoint,
  'first-credit': async () => (await import('./first-credit.ts')).firstCredit,
  cap: async () => (await import('./cap.ts')).cap,
  return: async () => (await import('./return.ts')).returnBench,
  meter: async () => (await import('./meter.ts')).meter,
  yield: async () => (await import('./yield.ts')).yieldBench,
};

const usage = (): string =>
  [
    'Usage: npm run bench -- NAME [PART …] [--json]',
    '',
    ...Object.keys(BENCHES).map((name) => `  ${name}`),
    '',
  ].join('\n');

function table(figures: Figures): string {
  const rows = Object.entries(figures).map(([name, figure]) => [
    name,
    String(Math.round(figure.value * 1000) / 1000),
    figure.unit,
    figure.goal ?? '',
  ]);
  const header = ['figure', 'value', 'unit', 'goal'];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const name = positionals[0];
  const load = name === undefined ? undefined : BENCHES[name];
  if (name === undefined || load === undefined) {
    process.stderr.write(name === undefined ? usage() : `There is no benchmark "${name}".\n\n${usage()}`);
    return 2;
  }
  const bench = await load();
  const figures = await bench((line) => process.stderr.write(`${line}\n`), positionals.slice(1));
  const bare = Object.fromEntries(
    Object.entries(figures).map(([key, { value, unit }]) => [key, { value, unit }]),
  );
  process.stdout.write(
    values.json ? `${JSON.stringify({ bench: name, figures: bare })}\n` : `${table(figures)}\n`,
  );
  return 0;
}

process.exitCode = await main();
