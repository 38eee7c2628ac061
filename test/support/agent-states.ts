// SPDX-License-Identifier: MIT
import type { ActivityItem, AgentState, RefusedModule, SlotState } from '../../protocol/agent-state.ts';
import { attemptIdSchema, blobHashSchema, jobIdSchema, taskIdOf } from '../../protocol/ids.ts';
import type { Purpose } from '../../protocol/job.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../protocol/settings.ts';
import type { SuspendCode, SuspendReason } from '../../protocol/suspend-reasons.ts';
import { SAMPLE_NOW, sampleDecision, samplePassport } from './sample-state.ts';

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

/** Nothing runs, for these reasons. */
const nothing = (...reasons: SuspendReason[]): Pick<AgentState, 'decision'> => ({
  decision: sampleDecision({ slots: 0, cpuDutyPercent: 0, profile: 'away', reasons }),
});
const inUse = (...reasons: SuspendReason[]): Pick<AgentState, 'decision'> => ({
  decision: sampleDecision({ slots: 0, cpuDutyPercent: 0, profile: 'in_use', reasons }),
});

/** A state of one reason, of which nothing else is to be known. */
const waitsFor = (
  sentence: string,
  reason: SuspendReason,
  changes: Changes = {},
): readonly [Changes, string] => [{ overall: 'waiting', ...nothing(reason), ...changes }, sentence];

const HOUR = 60 * MINUTE;
const withSettings = (settings: Partial<Settings>): Changes => ({
  settings: { ...DEFAULT_SETTINGS, consentGivenAt: 1, ...settings },
});

const ON_BATTERY = withSettings({ runOnBattery: true });

/** Every suspend reason as the agent would publish it, with the sentence that must be read on Home. */
export const REASON_STATES: { readonly [C in SuspendCode]: readonly (readonly [Changes, string])[] } = {
  consent_needed: [
    [{ overall: 'needs_you', ...nothing({ code: 'consent_needed' }) }, 'Nothing runs before you agree.'],
  ],
  paused_by_user: [
    [
      { overall: 'paused', ...nothing({ code: 'paused_by_user', for: 'all' }) },
      'Paused by you until you resume.',
    ],
    [
      {
        overall: 'paused',
        ...nothing({ code: 'paused_by_user', for: 'all', mayEndAt: SAMPLE_NOW + 15 * MINUTE }),
      },
      'Paused by you until 12:15.',
    ],
    [
      {
        overall: 'paused',
        ...nothing({ code: 'paused_by_user', for: 'all', mayEndAt: SAMPLE_NOW + 20 * HOUR }),
      },
      'Paused by you until tomorrow, 08:00.',
    ],
    waitsFor(
      'Graphics work is paused by you until you resume it.',
      { code: 'paused_by_user', for: 'gpu' },
      { gpus: 1 },
    ),
    waitsFor(
      'Graphics work is paused by you until 13:00.',
      { code: 'paused_by_user', for: 'gpu', mayEndAt: SAMPLE_NOW + HOUR },
      { gpus: 1 },
    ),
  ],
  update_pending: [
    waitsFor('A new version of Lull waits to be installed; work goes on after that.', {
      code: 'update_pending',
    }),
  ],
  going_to_sleep: [
    waitsFor('This computer is about to sleep; work goes on where it stopped once it is awake.', {
      code: 'going_to_sleep',
    }),
  ],
  user_active: [
    [
      {
        overall: 'waiting',
        ...inUse(
          {
            code: 'user_active',
            idleSeconds: 12,
            thresholdSeconds: 300,
            careful: false,
            mayEndAt: SAMPLE_NOW + 288_000,
          },
          { code: 'limit_is_zero', for: 'cpu', profile: 'in_use' },
        ),
      },
      'You were here 12 seconds ago; work starts after 5 minutes without input.',
    ],
    [
      {
        overall: 'waiting',
        ...inUse({ code: 'user_active', idleSeconds: 12, thresholdSeconds: 900, careful: true }),
      },
      'You were here 12 seconds ago; work starts after 15 minutes without input. That is longer than you set, because Lull cannot tell here whether a film or a call is on.',
    ],
    [
      { overall: 'waiting', ...inUse({ code: 'user_active', thresholdSeconds: 300, careful: false }) },
      'Lull cannot tell here when you last used this computer, so you count as present; work starts when you lock the screen.',
    ],
    [
      {
        overall: 'waiting',
        ...inUse({ code: 'user_active', thresholdSeconds: 300, careful: false }),
        ...withSettings({ runWhenLocked: false }),
      },
      'Lull cannot tell here when you last used this computer, so you count as present.',
    ],
  ],
  on_battery: [
    waitsFor('This computer is on battery at 63%, and Lull runs only on mains power.', {
      code: 'on_battery',
      percent: 63,
    }),
    waitsFor('This computer is on battery, and Lull runs only on mains power.', { code: 'on_battery' }),
    waitsFor(
      'This computer is on battery at 47%, and on battery Lull runs only above 50%.',
      {
        code: 'on_battery',
        percent: 47,
        abovePercent: 50,
      },
      ON_BATTERY,
    ),
    waitsFor(
      'This computer is on battery, and Lull cannot tell whether that is above the 50% you set.',
      {
        code: 'on_battery',
        abovePercent: 50,
      },
      ON_BATTERY,
    ),
  ],
  power_saver: [
    waitsFor('This computer is asked to save power, so Lull does not run.', { code: 'power_saver' }),
  ],
  too_hot: [
    waitsFor('The computer is warm, so Lull uses 50% of its limit until it has cooled down.', {
      code: 'too_hot',
      thermal: 'fair',
      leaves: 50,
    }),
    waitsFor('The computer is hot; work goes on once it has cooled down.', {
      code: 'too_hot',
      thermal: 'serious',
      leaves: 0,
    }),
  ],
  heat_unknown: [
    waitsFor('Lull cannot tell how hot this computer gets, so it uses at most 50% of the processor.', {
      code: 'heat_unknown',
      mostPercent: 50,
    }),
  ],
  cpu_slowed: [
    waitsFor('The system has slowed the processor down to 45% of its speed; work goes on above 80%.', {
      code: 'cpu_slowed',
      speedPercent: 45,
      thresholdPercent: 80,
    }),
  ],
  others_busy: [
    waitsFor('Other programs use 72% of the processor, and Lull stops above 40%.', {
      code: 'others_busy',
      percent: 72,
      thresholdPercent: 40,
    }),
    waitsFor(
      'Lull cannot tell here how busy other programs are, so it does not run. At a limit of 100% it does not look.',
      { code: 'others_busy', thresholdPercent: 40 },
    ),
  ],
  full_screen: [
    waitsFor('A program fills the screen; work goes on when it no longer does.', { code: 'full_screen' }),
  ],
  presentation: [
    waitsFor('A presentation or a film is on; work goes on after it.', { code: 'presentation' }),
  ],
  call: [
    waitsFor('The microphone is in use; work goes on after your call.', {
      code: 'call',
      device: 'microphone',
    }),
    waitsFor('The camera is in use; work goes on after your call.', { code: 'call', device: 'camera' }),
  ],
  exclusive_app: [
    waitsFor('blender runs and has the computer for itself; work goes on when it ends.', {
      code: 'exclusive_app',
      app: 'blender',
    }),
    waitsFor(
      'Lull cannot tell here which programs run, so one that has the computer for itself may be among them.',
      { code: 'exclusive_app' },
    ),
  ],
  off_schedule: [
    waitsFor('Your schedule keeps this time free until 18:00.', {
      code: 'off_schedule',
      mayEndAt: SAMPLE_NOW + 6 * HOUR,
    }),
    waitsFor('Your schedule leaves no hour of the week for work.', { code: 'off_schedule' }),
  ],
  power_price: [
    waitsFor('Electricity costs €0.34 per kWh until 22:00, and Lull runs only up to €0.28.', {
      code: 'power_price',
      pricePerKwh: 0.34,
      mostPricePerKwh: 0.28,
      mayEndAt: SAMPLE_NOW + 10 * HOUR,
    }),
    waitsFor('Electricity costs €0.34 per kWh now, and Lull runs only up to €0.28.', {
      code: 'power_price',
      pricePerKwh: 0.34,
      mostPricePerKwh: 0.28,
    }),
    waitsFor('No price of electricity is set, so Lull cannot keep to your limit of €0.28 per kWh.', {
      code: 'power_price',
      mostPricePerKwh: 0.28,
    }),
  ],
  at_a_loss: [
    waitsFor('Work would earn €0.0042 an hour now and take electricity for €0.0096, so Lull does not run.', {
      code: 'at_a_loss',
      earnsPerHour: 0.0042,
      costsPerHour: 0.0096,
    }),
    waitsFor(
      'Work would earn €0.0042 an hour and take electricity for €0.0096, so Lull does not run before 22:00.',
      { code: 'at_a_loss', earnsPerHour: 0.0042, costsPerHour: 0.0096, mayEndAt: SAMPLE_NOW + 10 * HOUR },
    ),
    waitsFor(
      'Lull cannot tell yet whether work would pay for its electricity: it needs a price per kWh and the value of a credit.',
      { code: 'at_a_loss' },
    ),
  ],
  metered_network: [
    waitsFor('This connection is paid by volume, so nothing is fetched or sent.', {
      code: 'metered_network',
      known: true,
    }),
    waitsFor('Lull cannot tell whether this connection is paid by volume, so nothing is fetched or sent.', {
      code: 'metered_network',
      known: false,
    }),
  ],
  network_quota: [
    waitsFor(
      '2 GB went over the network today, and your limit is 2 GB a day; until tomorrow, 00:00 nothing more is fetched or sent.',
      {
        code: 'network_quota',
        usedBytes: 2.01e9,
        quotaBytes: 2e9,
        mayEndAt: SAMPLE_NOW + 12 * HOUR,
      },
    ),
    waitsFor(
      '500 MB went over the network today, and your limit is 500 MB a day, so nothing more is fetched or sent.',
      {
        code: 'network_quota',
        usedBytes: 5e8,
        quotaBytes: 5e8,
      },
    ),
  ],
  memory_low: [
    waitsFor('Only 0.6 GB of memory is free, and Lull keeps 1 GB free for you.', {
      code: 'memory_low',
      freeBytes: 0.6e9,
      keepFreeBytes: 1e9,
    }),
    waitsFor(
      'Lull cannot tell here how much memory is free, so it does not run; it keeps 1 GB free for you.',
      {
        code: 'memory_low',
        keepFreeBytes: 1e9,
      },
    ),
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
      { overall: 'waiting', ...nothing({ code: 'limit_is_zero', for: 'cpu', profile: 'away' }) },
      'The processor limit while you are away is 0%, so nothing runs.',
    ],
    [
      { overall: 'waiting', ...inUse({ code: 'limit_is_zero', for: 'cpu', profile: 'in_use' }) },
      'You are using this computer, and the processor limit while in use is 0%.',
    ],
    waitsFor(
      'The graphics limit while you are away is 0%, so no graphics work runs.',
      { code: 'limit_is_zero', for: 'gpu', profile: 'away' },
      { gpus: 1 },
    ),
    [
      { overall: 'waiting', gpus: 1, ...inUse({ code: 'limit_is_zero', for: 'gpu', profile: 'in_use' }) },
      'You are using this computer, and the graphics limit while in use is 0%.',
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

const away = { decision: sampleDecision({ slots: 4, cpuDutyPercent: 100, profile: 'away' }) };

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
      decision: sampleDecision({
        slots: 1,
        cpuDutyPercent: 80,
        profile: 'in_use',
        reasons: [
          {
            code: 'user_active',
            idleSeconds: 2,
            thresholdSeconds: 300,
            careful: false,
            mayEndAt: SAMPLE_NOW + 298_000,
          },
        ],
      }),
      ...withSettings({ inUseCpuPercent: 10 }),
      slots: [slotOf('earthquakes', 'science', 12, 640)],
    },
    'One task runs beside your work, on at most 10% of the processor.',
  ],
  [
    {
      overall: 'earning',
      decision: sampleDecision({
        slots: 2,
        cpuDutyPercent: 100,
        profile: 'away',
        reasons: [{ code: 'too_hot', thermal: 'fair', leaves: 50 }],
      }),
      slots: [slotOf('earthquakes', 'science', 12, 640), slotOf('render', 'rendering', 4, 210)],
    },
    '2 tasks run, on at most 25% of this computer’s processor.',
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

/** An owner who has set a lot, with a graphics processor. */
export const TUNED: Changes = {
  gpus: 1,
  ...withSettings({
    awayCpuPercent: 75,
    exclusiveApps: ['blender', 'OBS Studio', 'Factorio'],
    schedule: [
      ...Array<string>(5).fill('111111110000000000111111'),
      ...Array<string>(2).fill('1'.repeat(24)),
    ],
    pricePerKwh: 0.32,
    creditPrice: 0.05,
    mostPricePerKwh: 0.3,
    tariffWindows: [
      { days: [1, 2, 3, 4, 5], from: '22:00', to: '06:00', pricePerKwh: 0.21 },
      { days: [6, 7], from: '00:00', to: '00:00', pricePerKwh: 0.24 },
    ],
  }),
};
