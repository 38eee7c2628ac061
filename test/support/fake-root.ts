// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder that stands for the root of a Linux computer: its `/dev`, `/proc`, `/run` and `/sys` are what a test puts there. */
export class FakeRoot implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'lull-root-'));

  /** @returns the whole path */
  file(path: string, text = ''): string {
    const whole = join(this.path, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text);
    return whole;
  }

  /** Several files of one folder, each with one line. */
  lines(folder: string, lines: Readonly<Record<string, string | number>>): void {
    mkdirSync(join(this.path, folder), { recursive: true });
    for (const [name, text] of Object.entries(lines)) this.file(join(folder, name), `${text}\n`);
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    symlinkSync(target, join(this.path, path));
  }

  /** A terminal that was typed at so long ago. */
  typedAt(path: string, now: number, secondsAgo: number): void {
    const at = now / 1000 - secondsAgo;
    utimesSync(this.file(path), at, at);
  }

  /** logind's file of a session. */
  session(id: string, lines: Readonly<Record<string, string | number>>): void {
    const text = Object.entries({ CLASS: 'user', ACTIVE: 1, STATE: 'active', ...lines });
    // logind writes another file and renames it: the folder changes each time.
    rmSync(join(this.path, 'run/systemd/sessions', id), { force: true });
    this.file(`run/systemd/sessions/${id}`, text.map(([key, value]) => `${key}=${value}\n`).join(''));
  }

  remove(path: string): void {
    rmSync(join(this.path, path), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
