// SPDX-License-Identifier: MIT
import { scheduleText } from '../../../assets/words/schedule.ts';
import type { Settings } from '../../../protocol/settings.ts';
import { format, locale, t } from '../../text/page-words.ts';
import { settingValue } from '../../text/setting-text.ts';
import type { LimitPage } from './limit-pages.ts';

type Summary = (settings: Settings) => string;

const SUMMARIES: { readonly [Id in LimitPage['id']]: Summary } = {
  processor: ({ awayCpuPercent, inUseCpuPercent }) =>
    t(inUseCpuPercent === 0 ? 'limits.page.processor.summary' : 'limits.page.processor.summary.in_use', {
      away: format.percent(awayCpuPercent),
      inUse: format.percent(inUseCpuPercent),
    }),
  presence: ({ idleMinutes, runWhenLocked }) =>
    t(runWhenLocked ? 'limits.page.presence.summary.locked' : 'limits.page.presence.summary', {
      idle: format.duration(idleMinutes * 60),
    }),
  power: ({ runOnBattery, batteryAbovePercent }) =>
    runOnBattery
      ? t('limits.page.power.summary.battery', { above: format.percent(batteryAbovePercent) })
      : t('limits.page.power.summary'),
  programs: ({ busyPercent, exclusiveApps }) => {
    const busy = format.percent(busyPercent);
    const count = exclusiveApps.length;
    return count === 0
      ? t('limits.page.programs.summary', { busy })
      : t('limits.page.programs.summary.apps', { busy, count });
  },
  week: ({ schedule }) => scheduleText(schedule, { locale, t, format }),
  energy: (settings) =>
    settings.pricePerKwh === null
      ? t('limits.page.energy.summary.none')
      : settingValue('pricePerKwh', settings.pricePerKwh, settings),
  connection: (settings) =>
    t('limits.page.connection.summary', {
      rate: settingValue('networkKilobytesPerSecond', settings.networkKilobytesPerSecond, settings),
      day: settingValue('networkGigabytesPerDay', settings.networkGigabytesPerDay, settings),
    }),
  storage: (settings) =>
    t('limits.page.storage.summary', {
      work: settingValue('diskGigabytes', settings.diskGigabytes, settings),
      keep: settingValue('keepFreeGigabytes', settings.keepFreeGigabytes, settings),
    }),
};

/** What is set on a page, in one line. */
export const pageSummary = (id: LimitPage['id'], settings: Settings): string => SUMMARIES[id](settings);
