// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { check } from '../../../examples/render/check.ts';
import { type ExampleRun, runSteppedExample } from '../../support/example-run.ts';
import { preparedExamples } from '../../support/prepared-examples.ts';
import { mergeInput, runStepped } from '../../support/stepped-module.ts';

describe('the render example', { timeout: 120_000 }, () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: ExampleRun;
  let scene: string;
  let merge: (outputs: readonly Uint8Array[]) => Uint8Array;

  beforeAll(async () => {
    const prepared = await preparedExamples();
    remove = prepared.remove;
    folder = join(prepared.folder, 'render');
    scene = await readFile(join(folder, 'scene.txt'), 'utf8');
    run = await runSteppedExample(folder);
    const module = new WebAssembly.Module(await readFile(join(folder, 'render-merge.wasm')));
    merge = (outputs) => runStepped(module, mergeInput(outputs), { index: 0, count: 64, seed: 0n }).output;
  });
  afterAll(() => remove());

  const developed = (): PNG => PNG.sync.read(Buffer.from(run.merged));
  const verdict = (png: PNG) => check(PNG.sync.write(png, { colorType: 2 }), { folder });

  it('merges its tiles to a PNG that shows the scene', async () => {
    expect(await check(run.merged, { folder })).toMatchObject({
      ok: true,
      figures: { width: 480, height: 320 },
    });
  });

  it('compresses the picture', () => {
    expect(run.merged.byteLength).toBeLessThan(480 * 320 * 3 * 0.9);
  });

  it('tells its progress row by row', async () => {
    const module = new WebAssembly.Module(await readFile(join(folder, 'render.wasm')));
    const { progress } = runStepped(module, Buffer.from(scene), { index: 0, count: 64, seed: 1n });
    expect(progress).toHaveLength(40);
    expect(progress.toSorted((x, y) => x - y)).toEqual(progress);
  });

  it('writes the same picture in whatever order its tiles come', () => {
    expect(merge(run.outputs.toReversed())).toEqual(run.merged);
  });

  it('traps in the merge when a tile is missing', () => {
    expect(() => merge(run.outputs.slice(1))).toThrow(WebAssembly.RuntimeError);
  });

  it('traps when the scene has a word that it does not know', async () => {
    const module = new WebAssembly.Module(await readFile(join(folder, 'render.wasm')));
    const input = Buffer.from(`${scene}\ncube 1 2 3\n`);
    expect(() => runStepped(module, input, { index: 0, count: 64, seed: 1n })).toThrow(
      WebAssembly.RuntimeError,
    );
  });

  it('fails its check when a tile shows another place', async () => {
    const outputs = run.outputs.map((output) => Buffer.from(output));
    const [from, to] = [outputs[27], outputs[61]];
    from?.copy(to ?? Buffer.alloc(0), 24, 24);
    expect(await check(merge(outputs), { folder })).toMatchObject({ ok: false });
  });

  it('fails its check when the picture is dark, upside down, or of another size', async () => {
    const dark = developed();
    dark.data.forEach((value, i) => (dark.data[i] = i % 4 === 3 ? 255 : value / 4));
    expect(await verdict(dark)).toMatchObject({ ok: false });
    const turned = developed();
    turned.data = Buffer.from(new Uint32Array(new Uint8Array(turned.data).buffer).reverse().buffer);
    expect(await verdict(turned)).toMatchObject({ ok: false });
    const small = new PNG({ width: 240, height: 320 });
    PNG.bitblt(developed(), small, 0, 0, 240, 320, 0, 0);
    expect(await verdict(small)).toMatchObject({ ok: false });
  });

  it('fails its check when a byte of the file is damaged', async () => {
    const damaged = Buffer.from(run.merged);
    damaged.writeUInt8(damaged.readUInt8(5000) ^ 0xff, 5000);
    expect(await check(damaged, { folder })).toMatchObject({ ok: false });
  });
});
