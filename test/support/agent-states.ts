// SPDX-License-Identifier: MIT
import type { ActivityItem, AgentState, RefusedModule, SlotState } from '../../protocol/agent-state.ts';
import { attemptIdSchema, blobHashSchema, jobIdSchema, taskIdOf } from '../../protocol/ids.ts';
import type { Purpose } from '../../protocol/job.ts';
import { DEFAULT_SETTINGS } from '../../protocol/settings.ts';
import type { SuspendCode, SuspendReason } from '../../protocol/suspend-reasons.ts';
import { SAMPLE_NOW, samplePassport } from './sample-state.ts';

type Changes = Partial<AgentState>;

const MINUTE = 60_000;

export const jobIds = {
  earthquakes: jobIdSchema.parse('job_earthquakes-1'),
  render: jobIdSchema.parse('job_path-tracing-1'),
  words: jobIdSchema.parse('job_moby-dick-1'),
};

export const slotOf = (
  jobName: string,
  purpose: Purpose,
  index: number,
  progressPermille: number,
  state: SlotState['state'] = 'running',
): SlotState => ({
  attempt: attemptIdSchema.parse(`att_slot${String(index).padStart(4, '0')}`),
  task: taskIdOf(purpose === 'science' ? jobIds.earthquakes : jobIds.render, index),
  jobName,
  purpose,
  state,
  progressPermille,
  fuel: '1200000000',
  passport: samplePassport({ bytesOut: 0 }),
  pid: 4711,
  checkpoint: { atRiskMs: 12_000, savedAt: SAMPLE_NOW - 12_000, bytes: 3_400_000, resumed: false },
});

/** A task that had ended before passports were recorded. */
const unrecorded = (number: number): ActivityItem => ({
  attempt: attemptIdSchema.parse(`att_ended${String(number).padStart(3, '0')}`),
  at: SAMPLE_NOW - number * 7 * MINUTE,
  task: taskIdOf(jobIds.earthquakes, number),
  jobName: 'earthquakes',
  result: { kind: 'completed' },
  fuel: '1450000000',
  cpuMs: 4100,
});

/** A task that has ended, newest for the lowest number; `changes` replace parts of it. */
export const activityOf = (number: number, changes: Partial<ActivityItem> = {}): ActivityItem => ({
  ...unrecorded(number),
  passport: samplePassport({ startedAt: SAMPLE_NOW - number * 7 * MINUTE - 8000 }),
  ...changes,
});

/** One of each way to end, newest first; the last is from a version that recorded no passports. */
export const ENDINGS: readonly ActivityItem[] = [
  activityOf(1),
  activityOf(2, {
    jobName: 'render',
    result: {
      kind: 'failed',
      code: 'out_of_fuel',
      message: 'It used more than the 2000000000 units that it may use.',
    },
  }),
  activityOf(3, {
    jobName: 'words',
    result: { kind: 'lost', reason: 'The requester cancelled the job.' },
    cpuMs: 730,
    passport: samplePassport({ peakMemoryBytes: null, bytesFetched: 0, bytesOut: 0, moduleKind: 'wasi' }),
  }),
  unrecorded(300),
];

export const REFUSED: RefusedModule = {
  module: blobHashSchema.parse('bad0c0de'.repeat(8)),
  jobName: 'Lattice sweep',
  publisher: samplePassport().publisher,
  reason: 'the worker ended with SIGKILL',
  at: SAMPLE_NOW - 40 * MINUTE,
};

const nothing = (...reasons: SuspendReason[]): Pick<AgentState, 'decision'> => ({
  decision: { slots: 0, cpuDutyPercent: 0, profile: 'away', reasons },
});
const inUse = (...reasons: SuspendReason[]): Pick<AgentState, 'decision'> => ({
  decision: { slots: 0, cpuDutyPercent: 0, profile: 'in_use', reasons },
});

/** Every suspend reason as the agent would publish it, with the sentence that must be read on Home. */
export const REASON_STATES: { readonly [C in SuspendCode]: readonly (readonly [Changes, string])[] } = {
  consent_needed: [
    [{ overall: 'needs_you', ...nothing({ code: 'consent_needed' }) }, 'Nothing runs before you agree.'],
  ],
  paused_by_user: [
    [{ overall: 'paused', ...nothing({ code: 'paused_by_user' }) }, 'Paused by you until you resume.'],
    [
      { overall: 'paused', ...nothing({ code: 'paused_by_user', mayEndAt: SAMPLE_NOW + 15 * MINUTE }) },
      'Paused by you until 12:15.',
    ],
    [
      { overall: 'paused', ...nothing({ code: 'paused_by_user', mayEndAt: SAMPLE_NOW + 20 * 60 * MINUTE }) },
      'Paused by you until tomorrow, 08:00.',
    ],
  ],
  user_active: [
    [
      {
        overall: 'waiting',
        ...inUse(
          { code: 'user_active', idleSeconds: 12, thresholdSeconds: 300, mayEndAt: SAMPLE_NOW + 288_000 },
          { code: 'limit_is_zero', profile: 'in_use' },
        ),
      },
      'You were here 12 seconds ago; work starts after 5 minutes without input.',
    ],
    [
      { overall: 'waiting', ...inUse({ code: 'user_active', thresholdSeconds: 300 }) },
      'You are using this computer; work starts after 5 minutes without input.',
    ],
  ],
  on_battery: [
    [
      { overall: 'waiting', ...nothing({ code: 'on_battery', percent: 63 }) },
      'This computer is on battery at 63%, and Lull runs only on mains power.',
    ],
    [
      { overall: 'waiting', ...nothing({ code: 'on_battery' }) },
      'This computer is on battery, and Lull runs only on mains power.',
    ],
  ],
  power_unknown: [
    [
      { overall: 'waiting', ...nothing({ code: 'power_unknown' }) },
      'Lull cannot tell whether this computer is on battery, so it does not run.',
    ],
  ],
  settling: [
    [
      { overall: 'waiting', ...nothing({ code: 'settling', mayEndAt: SAMPLE_NOW + 24_000 }) },
      'Starting again in 24 seconds; Lull waits a little, so that work does not flicker on and off.',
    ],
    [
      { overall: 'waiting', ...nothing({ code: 'settling' }) },
      'Waiting a moment before starting again, so that work does not flicker on and off.',
    ],
  ],
  limit_is_zero: [
    [
      { overall: 'waiting', ...nothing({ code: 'limit_is_zero', profile: 'away' }) },
      'The processor limit while you are away is 0%, so nothing runs.',
    ],
    [
      { overall: 'waiting', ...inUse({ code: 'limit_is_zero', profile: 'in_use' }) },
      'You are using this computer, and the processor limit while in use is 0%.',
    ],
  ],
  offline: [
    [
      { overall: 'offline', ...nothing({ code: 'offline', since: SAMPLE_NOW - 3 * MINUTE }) },
      'The practice network cannot be reached; the connection was lost 3 minutes ago. Lull keeps trying.',
    ],
  ],
  nothing_to_do: [
    [
      { overall: 'waiting', ...nothing({ code: 'nothing_to_do', detail: 'nothing_to_do' }) },
      'The practice network has no work for this computer right now.',
    ],
    [
      { overall: 'waiting', ...nothing({ code: 'nothing_to_do', detail: 'already_did_all' }) },
      'This computer has done its part of every job there is; new jobs start by themselves.',
    ],
    [
      { overall: 'waiting', ...nothing({ code: 'nothing_to_do', detail: 'needs_more_memory' }) },
      'The work that waits needs more memory than your limit allows.',
    ],
    [
      { overall: 'waiting', ...nothing({ code: 'nothing_to_do', detail: 'needs_module_kind' }) },
      'The work that waits is of a kind that this version of Lull cannot run.',
    ],
  ],
  disk_low: [
    [
      { overall: 'waiting', ...nothing({ code: 'disk_low', freeBytes: 8.2e9, keepFreeBytes: 10e9 }) },
      'Only 8.2 GB of disk is free, and Lull keeps 10 GB free for you.',
    ],
  ],
  ledger_contradiction: [
    [
      {
        overall: 'needs_you',
        ledger: { size: 128, checkedAt: SAMPLE_NOW, trusted: false },
        ...nothing({ code: 'ledger_contradiction' }),
      },
      'This network contradicted its own ledger. Lull stopped working for it and kept the evidence.',
    ],
  ],
  shutting_down: [
    [
      { overall: 'waiting', ...nothing({ code: 'shutting_down' }) },
      'Lull is closing; unfinished work goes to another device.',
    ],
  ],
};

const away = { decision: { slots: 4, cpuDutyPercent: 100, profile: 'away' as const, reasons: [] } };

/** States that no suspend reason explains, with the sentence that must be read on Home. */
export const PLAIN_STATES: readonly (readonly [Changes, string])[] = [
  [
    {
      overall: 'earning',
      ...away,
      slots: [slotOf('earthquakes', 'science', 12, 640), slotOf('render', 'rendering', 4, 210)],
    },
    '2 tasks run, on at most 50% of this computer’s processor.',
  ],
  [
    { overall: 'earning', ...away, slots: [slotOf('earthquakes', 'science', 12, 640)] },
    'One task runs, on at most 50% of this computer’s processor.',
  ],
  [
    {
      overall: 'earning',
      decision: {
        slots: 1,
        cpuDutyPercent: 80,
        profile: 'in_use',
        reasons: [
          { code: 'user_active', idleSeconds: 2, thresholdSeconds: 300, mayEndAt: SAMPLE_NOW + 298_000 },
        ],
      },
      settings: { ...DEFAULT_SETTINGS, consentGivenAt: 1, inUseCpuPercent: 10 },
      slots: [slotOf('earthquakes', 'science', 12, 640)],
    },
    'One task runs beside your work, on at most 10% of the processor.',
  ],
  [{ overall: 'earning', ...away }, 'Ready; the next task is on its way.'],
  [
    { overall: 'earning', ...away, earnNowUntil: SAMPLE_NOW + 60 * MINUTE },
    'Earning until 13:00 even while you are here, on at most 50% of the processor.',
  ],
  [{ overall: 'waiting', ...away }, 'Waiting for the next task.'],
  [
    {
      overall: 'needs_you',
      ...away,
      problems: [{ code: 'disk_full', message: 'The disk is full: free some space.', at: SAMPLE_NOW }],
    },
    'The disk is full: free some space.',
  ],
];
