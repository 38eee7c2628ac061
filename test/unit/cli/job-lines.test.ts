// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { jobLines, jobsTable } from '../../../cli/job-lines.ts';
import { bar, progressLine } from '../../../cli/job-progress.ts';
import { type JobStatus, jobStatusSchema } from '../../../protocol/job.ts';

const AT = Date.UTC(2026, 10, 22, 12);

const job = (more: Partial<JobStatus> = {}): JobStatus => ({
  ...jobStatusSchema.parse({
    id: 'job_0123456789abcdef',
    name: 'Earthquakes',
    description: '',
    purpose: 'science',
    state: 'running',
    quorum: 2,
    createdAt: AT,
    deadlineAt: AT + 86_400_000,
    tasks: { total: 40, waiting: 20, running: 10, completed: 9, failed: 1 },
    pricePerGigafuel: '50000',
    escrowed: '9000000',
    paid: '1500000',
    refunded: '500000',
    fuel: '12345',
    merge: { kind: 'concat' },
  }),
  ...more,
});

describe('jobLines', () => {
  it('says how far a job is and what it has cost', () => {
    const text = jobLines(job(), false, AT + 60_000).join('\n');
    expect(text).toMatch(/^Job {9}job_0123456789abcdef$/m);
    expect(text).toMatch(/^Tasks {7}10\/40 done, 1 failed, 10 running, 20 waiting$/m);
    expect(text).toMatch(/^Paid {8}1[.,]50 credits$/m);
    expect(text).toMatch(/^Put aside {3}7[.,]00 credits$/m);
    expect(text).toMatch(/^Deadline /m);
  });

  it('calls practice credits what they are', () => {
    expect(jobLines(job(), true, AT).join('\n')).toContain('practice credits');
  });

  it('says how long an ended job took', () => {
    const ended = job({ state: 'completed', endedAt: AT + 90_000 });
    expect(jobLines(ended, false, AT + 9e9).join('\n')).toMatch(/^Ended .*, after 1 min 30 s$/m);
  });
});

describe('jobsTable', () => {
  it('has one line per job below its heading', () => {
    expect(jobsTable([job(), job({ name: 'x'.repeat(90) })], false)).toHaveLength(3);
  });

  it('says how to submit a first job', () => {
    expect(jobsTable([], false)).toEqual(['No jobs yet. Submit one with `lull submit job.json`.']);
  });
});

describe('progressLine', () => {
  it('shows tasks, credits and the time left at the pace so far', () => {
    expect(progressLine(job(), false, AT + 60_000)).toMatch(
      /10\/40 tasks · 1[.,]50 credits so far · about 3 min left$/,
    );
  });

  it('does not guess before anything is done', () => {
    const fresh = job({ tasks: { total: 4, waiting: 4, running: 0, completed: 0, failed: 0 } });
    expect(progressLine(fresh, false, AT + 60_000)).not.toContain('left');
  });
});

describe('bar', () => {
  it('is as full as the share, and never longer than it is', () => {
    expect(bar(0, 4)).toBe('░░░░');
    expect(bar(0.5, 4)).toBe('██░░');
    expect(bar(7, 4)).toBe('████');
  });
});
