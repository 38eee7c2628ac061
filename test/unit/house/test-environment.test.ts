// SPDX-License-Identifier: MIT
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { findProgram, installCommand, missingNeeds, REQUIREMENTS } from '../../../build/test-environment.ts';
import { needs } from '../../support/needs.ts';

describe('what the tests need', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lull-path-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  test('a program is found in a folder of PATH when it can be run', async () => {
    vi.stubEnv('PATH', ['/nowhere', folder].join(delimiter));
    const program = join(folder, 'chromium');
    await writeFile(program, '#!/bin/sh\n');
    expect(findProgram('chromium')).toBeUndefined();
    await chmod(program, 0o755);
    expect(findProgram('google-chrome', 'chromium')).toBe(program);
    expect(REQUIREMENTS.chromium.isThere()).toBe(true);
  });

  test('what PATH does not have is missing, and the command to install it is said', () => {
    vi.stubEnv('PATH', folder);
    expect(missingNeeds()).toEqual(
      expect.arrayContaining(['chromium', 'secret-service', 'xvfb', 'xdotool', 'clang']),
    );
    expect(installCommand(['xvfb', 'xdotool'])).toBe('apt-get install xvfb xdotool');
    expect(needs('xdotool')).toEqual({
      ok: false,
      reason: 'xdotool is not installed (on Debian: apt-get install xdotool)',
    });
  });
});
