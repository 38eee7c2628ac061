// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import type { WorkerTask } from '../../../../protocol/worker-messages.ts';
import { op, wasmModule } from '../../../support/wasm-builder.ts';
import { runHere, workerTask } from '../../../support/wasm-task.ts';
import { wasiCommand } from '../../../support/wasm-wasi.ts';

const FUEL = { fuel: '1000000000' };
const failure = (code: string): unknown => expect.objectContaining({ kind: 'failed', code });

async function run(start: string, more: Partial<WorkerTask> = {}): Promise<ReturnType<typeof runHere>> {
  const limits = { ...FUEL, ...more.limits };
  return runHere(workerTask(await wasiCommand(start), { kind: 'wasi', ...more, limits }));
}

const numbers = (output: Uint8Array): number[] =>
  Array.from({ length: output.length / 4 }, (_, i) => Buffer.from(output).readInt32LE(4 * i));
const text = (output: Uint8Array): string => Buffer.from(output).toString();

test('a command gets its arguments, with its own numbers filled in, in UTF-8', async () => {
  const { output } = await run(
    'args_sizes_get(FREE, FREE + 4); args_get(FREE + 8, FREE + 100); write(1, FREE + 100, load<i32>(FREE + 4));',
    {
      args: ['--part', '{index}/{count}', 'für λ'],
      index: 3,
      count: 9,
    },
  );
  expect(text(output).split('\0')).toEqual(['task', '--part', '3/9', 'für λ', '']);
});

test('a command reads stdin to its end', async () => {
  const copy = 'for (let n = read(0, FREE, 7); n > 0; n = read(0, FREE, 7)) write(1, FREE, n);';
  const input = Buffer.from('the quick brown fox');
  expect(text((await run(copy, { input })).output)).toBe('the quick brown fox');
});

test('a command reads its files and sees their names in order', async () => {
  const files = ['z.txt', 'in/00001', 'in/00000', 'a'].map((path) => ({
    path,
    bytes: Buffer.from(`<${path}>`),
  }));
  const { output } = await run(
    `const fd = open("in/00001"); write(1, FREE, read(fd, FREE, 100)); fd_close(fd); put(open("a"));
     fd_readdir(3, FREE, 1000, 2, FREE - 8); write(1, FREE, load<i32>(FREE - 8));`,
    { files },
  );
  const said = text(output);
  expect(said.startsWith('<in/00001>\x04')).toBe(true);
  const places = ['in', 'z.txt'].map((name) => said.lastIndexOf(name));
  expect(said.indexOf('a', 14)).toBeLessThan(places[0] ?? 0);
  expect(places[0]).toBeLessThan(places[1] ?? 0);
});

test('a command cannot make, change or remove files, and is told so by errno', async () => {
  const { output } = await run(
    `put(open("new", 1)); put(open("kept", 8)); put(open("kept", 0, 64)); put(open("missing")); put(open("../etc/passwd"));
     put(path_unlink_file(3, FREE, 4)); const fd = open("kept"); put(fd_close(fd)); put(fd_close(fd)); put(write(77, FREE, 1));`,
    { files: [{ path: 'kept', bytes: Buffer.from('kept') }] },
  );
  expect(numbers(output)).toEqual([-69, -69, -69, -44, -76, 69, 0, 8, 8]);
});

test('a command has no environment and no network', async () => {
  const { output } = await run(
    'environ_sizes_get(FREE, FREE + 4); put(load<i32>(FREE)); put(sock_shutdown(1, 0));',
  );
  expect(numbers(output)).toEqual([0, 57]);
});

test('sockets, and what is not open or not of the kind that a call needs, get the errno that says so', async () => {
  const { output } = await run(
    `put(sock_accept(0, 0, FREE)); put(sock_recv(3, FREE, 1, 0, FREE, FREE)); put(sock_send(1, FREE, 1, 0, FREE)); put(sock_shutdown(77, 0));
     put(fd_renumber(3, 3)); const fd = open("."); put(fd_renumber(fd, 77)); put(fd_close(fd)); put(fd_renumber(fd, 3));
     store<u32>(FREE - 16, FREE); store<u32>(FREE - 12, 8);
     put(fd_read(1, FREE - 16, 1, FREE - 8)); put(fd_read(3, FREE - 16, 1, FREE - 8)); put(fd_pread(2, FREE - 16, 1, 0, FREE - 8));
     put(path_unlink_file(77, FREE, 1)); put(path_unlink_file(3, FREE, 1)); put(open("a/b"));`,
    { files: [{ path: 'a', bytes: Buffer.from('a') }] },
  );
  const [badf, notdir, notsock, rofs] = [8, 54, 57, 69];
  expect(numbers(output)).toEqual([
    ...[notsock, notsock, notsock, badf],
    ...[0, badf, 0, badf],
    ...[badf, badf, badf],
    ...[badf, rofs, -notdir],
  ]);
});

test('files have the same numbers in every run, also of one process', async () => {
  const number = `const fd = open("b"); fd_filestat_get(fd, FREE); put(<i32>load<u64>(FREE + 8)); fd_filestat_get(3, FREE); put(<i32>load<u64>(FREE + 8));`;
  const files = ['a', 'b'].map((path) => ({ path, bytes: Buffer.from(path) }));
  const first = await run(number, { files });
  expect(numbers(first.output)).toEqual([3, 1]);
  expect(await run(number, { files })).toEqual(first);
});

test('randomness comes from the seed and the number of the task and from nothing else', async () => {
  const draw = 'random_get(FREE, 100); write(1, FREE, 100);';
  const outputs = await Promise.all(
    [{}, {}, { seed: '2' }, { index: 1, count: 2 }].map(async (more) => text((await run(draw, more)).output)),
  );
  expect(outputs[1]).toBe(outputs[0]);
  expect(new Set(outputs).size).toBe(3);
});

test('time follows fuel: it is the same in every run, moves on, and sleeping takes none of ours', async () => {
  const clock = `
    clock_time_get(1, 0, FREE); clock_time_get(1, 0, FREE + 8);
    memory.fill(FREE + 100, 0, 48); store<u32>(FREE + 116, 1); store<u64>(FREE + 124, 3600000000000);
    put(poll_oneoff(FREE + 100, FREE + 200, 1, FREE + 300)); put(load<i32>(FREE + 300));
    clock_time_get(1, 0, FREE + 16); write(1, FREE, 24); clock_time_get(0, 0, FREE); write(1, FREE, 8);`;
  const [first, second] = [await run(clock), await run(clock)];
  expect(second).toEqual(first);
  const view = Buffer.from(first.output);
  expect([view.readInt32LE(0), view.readInt32LE(4)]).toEqual([0, 1]);
  const [before, then, after, date] = [8, 16, 24, 32].map((at) => view.readBigUInt64LE(at));
  expect(then).toBeGreaterThan(before ?? 0n);
  expect(after).toBeGreaterThan((then ?? 0n) + 3_600_000_000_000n);
  expect(new Date(Number((date ?? 0n) / 1_000_000n)).getUTCFullYear()).toBe(2026);
});

test('stdout becomes the output and the end of stderr is kept for people', async () => {
  const { output, diagnostics } = await run(
    `memory.fill(FREE, 97, 20000); write(2, FREE, 20000); store<u8>(FREE, 10); write(2, FREE, 1); write(1, FREE + 1, 3);`,
  );
  expect(text(output)).toBe('aaa');
  expect(diagnostics).toHaveLength(16_384);
  expect(diagnostics.endsWith('a\n')).toBe(true);
});

test('an exit code other than 0 fails the task, 0 completes it at once', async () => {
  expect((await run('proc_exit(3); put(1);')).outcome).toEqual(failure('bad_exit'));
  const { outcome, output } = await run('put(7); proc_exit(0); put(8);');
  expect([outcome.kind, numbers(output)]).toEqual(['completed', [7]]);
});

test('an output that is larger than allowed fails the task', async () => {
  const flood = 'while (true) write(1, FREE, 10000);';
  const limits = { ...workerTask(new Uint8Array()).limits, ...FUEL, outputBytes: 50_000 };
  expect((await run(flood, { limits })).outcome).toEqual(failure('output_too_large'));
});

test('an output that is larger than allowed fails the task also when it catches the end', () => {
  const module = wasmModule({
    imports: [{ module: 'wasi_snapshot_preview1', name: 'fd_write', params: 'iiii', results: 'i' }],
    memory: [1],
    functions: [
      {
        as: '_start',
        body: [
          ...[...op.i32(4), ...op.i32(1000), 0x36, 2, 0],
          ...[
            0x06,
            0x40,
            ...op.i32(1),
            ...op.i32(0),
            ...op.i32(1),
            ...op.i32(8),
            ...op.call(0),
            ...op.drop,
            0x19,
            0x0b,
          ],
        ],
      },
    ],
  });
  expect(runHere(workerTask(module, { kind: 'wasi', limits: { outputBytes: 1000 } })).outcome.kind).toBe(
    'completed',
  );
  const { outcome, output } = runHere(workerTask(module, { kind: 'wasi', limits: { outputBytes: 999 } }));
  expect([outcome, output.length]).toEqual([failure('output_too_large'), 0]);
});

test.each([
  ['stderr', 'while (true) write(2, FREE, 1);'],
  ['the clock', 'while (true) clock_time_get(0, 0, FREE);'],
  ['random bytes', 'while (true) random_get(FREE, 100000);'],
  ['sleeping', 'while (true) poll_oneoff(FREE, FREE, 1, FREE);'],
  ['open files', 'while (true) open(".");'],
])('a flood of calls for %s runs out of fuel', async (_, start) => {
  const limits = { ...workerTask(new Uint8Array()).limits, fuel: '20000000' };
  expect(await run(start, { limits })).toMatchObject({ outcome: failure('out_of_fuel'), fuel: 20_000_000n });
});

test('addresses outside of memory are answered with an errno and hurt nobody', async () => {
  const wild = -8;
  const { outcome, output } = await run(
    `put(fd_write(1, ${wild}, 1, FREE)); put(fd_write(1, FREE, 1000000, FREE)); put(write(1, ${wild}, 100)); put(read(0, FREE, -1));
     put(random_get(FREE, -1)); put(args_get(${wild}, ${wild})); put(clock_time_get(0, 0, ${wild}));
     put(path_open(3, 0, FREE, -1, 0, 0, 0, 0, FREE)); put(poll_oneoff(${wild}, ${wild}, 1000, FREE));
     put(fd_readdir(3, FREE, -1, 0, FREE - 8)); put(poll_oneoff(FREE, FREE, -1, FREE));`,
  );
  expect(outcome.kind).toBe('completed');
  expect(numbers(output)).toEqual([21, 28, 21, -1, 21, 21, 21, 37, 21, 21, 28]);
});

test('files that contradict each other fail the task', async () => {
  const bytes = new Uint8Array();
  const { outcome } = await run('', {
    files: [
      { path: 'a', bytes },
      { path: 'a/b', bytes },
    ],
  });
  expect(outcome).toEqual(failure('invalid_module'));
});
