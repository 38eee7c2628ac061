// SPDX-License-Identifier: MIT
import type { PausedPart, PauseFor } from '../protocol/bridge.ts';
import type { Clock } from '../protocol/clock.ts';
import { defaultsOf, type Settings, type SettingSection, type SettingsPatch } from '../protocol/settings.ts';
import { pausedUntil } from './policy/pause.ts';
import type { LocalTime, SettingsStore } from './ports.ts';
import type { Problems } from './problems.ts';

/** After consent it earns for this long whatever the owner does, so that it is seen to work, ms. */
export const EARN_NOW_AFTER_CONSENT_MS = 10 * 60_000;

/** What the owner wants: the settings on disk, and earning now, which does not outlive this run. */
export class OwnerSettings {
  readonly #store: SettingsStore;
  readonly #clock: Clock;
  readonly #localTime: LocalTime;
  #settings: Settings;
  #earnNowUntil: number | null = null;

  constructor(store: SettingsStore, clock: Clock, localTime: LocalTime, problems: Problems) {
    this.#store = store;
    this.#clock = clock;
    this.#localTime = localTime;
    const { settings, bad, setAside } = store.load();
    this.#settings = settings;
    const kept = setAside === undefined ? '' : ` The file as it was is kept as ${setAside}.`;
    if (bad.length > 0) {
      problems.raise(
        'bad_settings',
        `These settings could not be read and are back at their defaults: ${bad.join(', ')}. Set them again.${kept}`,
        clock.now(),
      );
    } else if (setAside !== undefined) {
      problems.raise(
        'bad_settings',
        `The settings file could not be read, so every setting is back at its default. Set them again.${kept}`,
        clock.now(),
      );
    }
  }

  get current(): Settings {
    return this.#settings;
  }

  get earnNowUntil(): number | null {
    return this.#earnNowUntil;
  }

  get consented(): boolean {
    return this.#settings.consentGivenAt !== null;
  }

  acceptConsent(): void {
    if (this.consented) return;
    const now = this.#clock.now();
    this.#save({ consentGivenAt: now });
    this.#earnNowUntil = now + EARN_NOW_AFTER_CONSENT_MS;
  }

  pause(length: PauseFor, of: PausedPart): void {
    const until = pausedUntil(length, this.#clock.now(), (at, hour) => this.#localTime.nextHour(at, hour));
    if (of === 'gpu') return this.#save({ gpuPausedUntil: until });
    this.#save({ pausedUntil: until });
    this.#earnNowUntil = null;
  }

  /** Everything includes the GPU. */
  resume(of: PausedPart): void {
    const { pausedUntil: all, gpuPausedUntil: gpu } = this.#settings;
    if (gpu !== null || (of === 'all' && all !== null)) {
      this.#save({ gpuPausedUntil: null, ...(of === 'all' && { pausedUntil: null }) });
    }
  }

  /** Ends a pause of everything too, but not one of the GPU alone: the later word counts. */
  earnNow(minutes: number): void {
    if (this.#settings.pausedUntil !== null) this.#save({ pausedUntil: null });
    this.#earnNowUntil = this.#clock.now() + minutes * 60_000;
  }

  reset(section: SettingSection | undefined): void {
    this.change(defaultsOf(section));
  }

  change(patch: SettingsPatch): void {
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    this.#save(given);
  }

  /** Forgets what has run out. */
  expire(): void {
    const now = this.#clock.now();
    if (this.#earnNowUntil !== null && this.#earnNowUntil <= now) this.#earnNowUntil = null;
    for (const key of ['pausedUntil', 'gpuPausedUntil'] as const) {
      const until = this.#settings[key];
      if (typeof until === 'number' && until <= now) this.#settings = { ...this.#settings, [key]: null };
    }
  }

  #save(patch: Partial<Settings>): void {
    const settings = { ...this.#settings, ...patch };
    this.#store.save(settings);
    this.#settings = settings;
  }
}
