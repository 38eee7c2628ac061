// SPDX-License-Identifier: MIT
import { toError } from '../../protocol/errors.ts';
import {
  DEFAULT_SETTINGS,
  type PatchKey,
  type Settings,
  type SettingsPatch,
  settingsPatchSchema,
} from '../../protocol/settings.ts';
import { t } from '../text/page-words.ts';
import { settingLabel, settingValue } from '../text/setting-text.ts';
import type { AgentView } from './agent-view.svelte.ts';
import type { Notices } from './notices.svelte.ts';

interface LastChange {
  readonly key: PatchKey;
  readonly before: unknown;
}

/** What is said of a change, and of taking it back. */
interface Sayings {
  readonly done: string;
  readonly undone: string;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The settings of these keys, as a patch that brings them back. */
const patchOf = (settings: Settings, keys: readonly PatchKey[]): SettingsPatch =>
  settingsPatchSchema.parse(Object.fromEntries(keys.map((key) => [key, settings[key]])));

const keysOf = (patch: SettingsPatch): PatchKey[] => Object.keys(patch) as PatchKey[];

/** Changes act at once and can be taken back. Steps of one control in a row are one change. */
export class SettingChanges {
  readonly #agent: AgentView;
  readonly #notices: Notices;
  #last: LastChange | undefined;

  constructor(agent: AgentView, notices: Notices) {
    this.#agent = agent;
    this.#notices = notices;
  }

  /** One setting; what was there and what is there now is said. */
  set<K extends PatchKey>(key: K, value: Settings[K]): void {
    const settings = this.#settings;
    if (settings === undefined || same(settings[key], value)) return;
    const isNextStep =
      typeof value === 'number' && this.#notices.current?.undo !== undefined && this.#last?.key === key;
    const before = (isNextStep ? this.#last?.before : settings[key]) as Settings[K];
    if (same(before, value)) {
      this.#send({ [key]: value });
      return this.#notices.dismiss();
    }
    const setting = t(settingLabel(key));
    const was = settingValue(key, before, settings);
    const after = settingValue(key, value, settings);
    this.#change(
      { [key]: value },
      { [key]: before },
      {
        done: t('change.done', { setting, before: was, after }),
        undone: t('change.undone', { setting, value: was }),
      },
    );
    this.#last = { key, before };
  }

  /** One setting that no short value describes: a list or a plan. */
  say<K extends PatchKey>(key: K, value: Settings[K], sayings: Sayings): void {
    this.setMany({ [key]: value }, sayings);
  }

  /** Several settings as one change. */
  setMany(patch: SettingsPatch, sayings: Sayings): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    const keys = keysOf(patch).filter((key) => !same(settings[key], patch[key]));
    if (keys.length === 0) return;
    this.#change(patch, patchOf(settings, keys), sayings);
  }

  /** These settings back to their defaults. */
  reset(keys: readonly PatchKey[], sayings: Sayings): void {
    this.setMany(patchOf(DEFAULT_SETTINGS, keys), sayings);
  }

  /** Takes a change back that the agent has made by itself: an import. */
  offerUndo(before: Settings, keys: readonly PatchKey[], sayings: Sayings): void {
    this.#say(patchOf(before, keys), sayings);
  }

  /** As the page shows them. */
  get #settings(): Settings | undefined {
    const { state } = this.#agent;
    return state === undefined ? undefined : this.#agent.settingsOf(state);
  }

  #change(patch: SettingsPatch, before: SettingsPatch, sayings: Sayings): void {
    this.#send(patch);
    this.#say(before, sayings);
  }

  #say(before: SettingsPatch, { done, undone }: Sayings): void {
    this.#last = undefined;
    this.#notices.show({
      kind: 'done',
      text: done,
      undo: () => {
        this.#last = undefined;
        this.#send(before);
        this.#notices.show({ kind: 'done', text: undone });
      },
    });
  }

  #send(patch: SettingsPatch): void {
    this.#agent.setSettings(patch).catch((error: unknown) => this.#notices.fail(toError(error)));
  }
}
