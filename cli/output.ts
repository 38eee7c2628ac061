// SPDX-License-Identifier: MIT
import { formatCredits } from '../protocol/money.ts';

/** Where text goes; tests pass their own. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface OutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly json: boolean;
}

/** The command's one voice. With `--json`: one JSON value on stdout and nothing else, ever. */
export class Output {
  readonly json: boolean;
  readonly #stdout: TextStream;
  readonly #stderr: TextStream;

  constructor(options: OutputOptions) {
    this.json = options.json;
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
  }

  /** Whether a person watches what is written to stderr. */
  get isInteractive(): boolean {
    return !this.json && this.#stderr.isTTY === true;
  }

  get width(): number {
    return this.#stderr.columns ?? 80;
  }

  /** The result: `value` with `--json`, `lines` for people. */
  result(value: unknown, lines: readonly string[]): void {
    if (this.json) this.#stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    else for (const line of lines) this.#stdout.write(`${line}\n`);
  }

  /** Something to know on the way, for people only; not part of the result. */
  note(line: string): void {
    if (!this.json) this.#stderr.write(`${line}\n`);
  }

  /** A line that later ones overwrite; only where a person watches. */
  transient(line: string): void {
    if (this.isInteractive) this.#stderr.write(`\r\u001b[2K${line.slice(0, this.width - 1)}`);
  }

  endTransient(): void {
    if (this.isInteractive) this.#stderr.write('\r\u001b[2K');
  }

  failure(code: string, message: string, details: unknown): void {
    if (this.json)
      this.#stdout.write(`${JSON.stringify({ error: { code, message, details } }, undefined, 2)}\n`);
    else this.#stderr.write(`${message}\n`);
  }
}

/** Columns padded to their widest cell; `right` names the columns of numbers. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of `label  value`, the labels padded. */
export const pairs = (entries: readonly (readonly [label: string, value: string])[]): string[] =>
  table(entries);

/** The user's own way of writing numbers and times. Asked for late: it costs a process 8 MB, and an agent lives long. */
const locale = (): string => Intl.DateTimeFormat().resolvedOptions().locale;

export const creditsForPeople = (micro: string | bigint, practice: boolean): string =>
  `${formatCredits(BigInt(micro), locale(), 6)} ${practice ? 'practice credits' : 'credits'}`;

export const moment = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'short', timeStyle: 'short' }).format(at);

const UNITS = [
  { ms: 86_400_000, text: 'd' },
  { ms: 3_600_000, text: 'h' },
  { ms: 60_000, text: 'min' },
  { ms: 1000, text: 's' },
] as const;

/** A time span in its two largest units: `1 h 12 min`. @param ms not negative */
export function duration(ms: number): string {
  const rounded = Math.round(ms / 1000) * 1000;
  const first = UNITS.findIndex((unit) => rounded >= unit.ms);
  const big = UNITS[first];
  if (big === undefined) return '0 s';
  const small = UNITS[first + 1];
  const rest = small === undefined ? 0 : Math.floor((rounded % big.ms) / small.ms);
  const head = `${Math.floor(rounded / big.ms)} ${big.text}`;
  return small === undefined || rest === 0 ? head : `${head} ${rest} ${small.text}`;
}

/** Bytes in the largest binary unit that leaves at least one. */
export function byteSize(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB'][power] ?? 'B'}`;
}
