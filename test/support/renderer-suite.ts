// SPDX-License-Identifier: MIT
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

import { needs } from './needs.ts';
import { RendererUnderTest } from './renderer-under-test.ts';

/**
 * A renderer for the tests of this file: started once, a fresh sample state before each test, and after each test
 * nothing may have been complained about. Skips with the reason where there is no browser.
 */
export function rendererSuite(): RendererUnderTest {
  const renderer = new RendererUnderTest();
  const browser = needs('chromium');
  beforeAll(async () => {
    if (browser.ok) await renderer.start();
  });
  afterAll(() => renderer.stop());
  beforeEach((context) => {
    if (!browser.ok) context.skip(browser.reason);
    renderer.agent.reset();
    renderer.complaints.length = 0;
  });
  afterEach(async () => {
    await renderer.closeWindows();
    expect(renderer.complaints).toEqual([]);
  });
  return renderer;
}
