// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { readShellArguments } from '../../../electron/shell-arguments.ts';

const none = { data: undefined, network: undefined, accept: false, hidden: false };

describe('the arguments of the tray app', () => {
  it('are read after the script, and after the program once packaged', () => {
    const given = ['--data', '/d', '--network=http://127.0.0.1:1', '--accept', '--hidden'];
    const read = { data: '/d', network: 'http://127.0.0.1:1', accept: true, hidden: true };
    expect(readShellArguments(['electron', 'main.js', ...given], false)).toEqual(read);
    expect(readShellArguments(['Lull', ...given], true)).toEqual(read);
    expect(readShellArguments(['electron', 'main.js'], false)).toEqual(none);
  });

  it("leave Chromium's own switches alone", () => {
    const given = ['--enable-features=X', '--no-zygote', '--original-process-start-time=1', '/some/file'];
    expect(readShellArguments(['Lull', ...given], true)).toEqual(none);
  });

  it.each(['file:///etc/passwd', 'lull', 'javascript:1', 'ftp://network.example'])(
    'refuse %s as a network',
    (network) => {
      expect(() => readShellArguments(['Lull', '--network', network], true)).toThrow(/is no network: write/);
    },
  );

  it.each([['--data'], ['--data='], ['--network']])(
    'refuse %s without a value, saying what to write',
    (argument) => {
      expect(() => readShellArguments(['Lull', argument], true)).toThrow(/needs a value: write --/);
    },
  );
});
