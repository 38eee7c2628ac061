// SPDX-License-Identifier: MIT
import { writeFileSync } from 'node:fs';

import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

export interface TestTally {
  passed: number;
  /** tests that failed, files that did not load, and errors outside of any test */
  failed: number;
  skipped: { name: string; reason: string }[];
}

/** Leaves the figures of a test run in the file that LULL_TEST_TALLY names, for build/test.ts to print last. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tally: TestTally = { passed: 0, failed: unhandled.length, skipped: [] };
    for (const module of modules) {
      let failed = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') tally.passed++;
        else if (result.state === 'skipped') {
          const reason = result.note ?? (test.options.mode === 'todo' ? 'to do' : 'no reason given');
          tally.skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, reason });
        } else failed++;
      }
      if (failed === 0 && module.state() === 'failed') failed = 1;
      tally.failed += failed;
    }
    const file = process.env['LULL_TEST_TALLY'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(tally));
  }
}
