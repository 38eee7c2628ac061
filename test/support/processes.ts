// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** The folder that `npm run build` made; integration tests run what ships. */
export const DIST = join(import.meta.dirname, '../../dist');
export const ROOT = join(import.meta.dirname, '../..');

/** A real process of ours, with all that it said. Ended by `kill` or `stop`, by pid. */
export class TestProcess {
  readonly child: ChildProcess;
  readonly name: string;
  #output = '';
  readonly #listeners = new Set<() => void>();
  readonly exited: Promise<number | null>;

  constructor(name: string, command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const read = (chunk: unknown): void => {
      this.#output += String(chunk);
      for (const listener of [...this.#listeners]) listener();
    };
    this.child.stdout?.on('data', read);
    this.child.stderr?.on('data', read);
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code) => {
        resolve(code);
        for (const listener of [...this.#listeners]) listener();
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.child.pid;
  }

  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves with the first match in what it printed; rejects when it ends or is silent too long. */
  async prints(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const done = (finish: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        finish();
      };
      const fail = (why: string): void =>
        done(() =>
          reject(new Error(`${this.name} ${why} before printing ${String(pattern)}:\n${this.#output}`)),
        );
      const timer = setTimeout(() => fail(`was silent for ${timeoutMs} ms`), timeoutMs);
      const look = (): void => {
        const match = pattern.exec(this.#output);
        if (match !== null) done(() => resolve(match));
        else if (!this.running) fail('ended');
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** SIGKILL, as a crash or a power cut of this one process. */
  async kill(): Promise<void> {
    if (this.running) process.kill(this.pid, 'SIGKILL');
    await this.exited;
  }

  /** SIGINT, as Ctrl-C; by force when it does not end. */
  async stop(timeoutMs = 10_000): Promise<number | null> {
    if (!this.running) return this.exited;
    process.kill(this.pid, 'SIGINT');
    const timer = setTimeout(() => process.kill(this.pid, 'SIGKILL'), timeoutMs);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }
}

/** Whether a process with this pid exists and is more than a zombie. */
export function isAlive(pid: number): boolean {
  if (existsSync('/proc/self/stat')) {
    if (!existsSync(`/proc/${pid}/stat`)) return false;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
    } catch {
      // It ended between the two looks.
      return false;
    }
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: there is no such process.
    return false;
  }
}

/** A TCP port on loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}
