// SPDX-License-Identifier: MIT
import type { IntentRequest } from '../../protocol/bridge.ts';
import { toError } from '../../protocol/errors.ts';
import type { Settings } from '../../protocol/settings.ts';
import { t } from '../text/page-words.ts';
import { settingLabel, settingValue } from '../text/setting-text.ts';
import type { AgentView } from './agent-view.svelte.ts';
import type { Notices } from './notices.svelte.ts';

type Patch = IntentRequest<'setSettings'>;
export type ChangeableKey = keyof Patch & keyof Settings;

interface LastChange {
  readonly key: ChangeableKey;
  readonly before: unknown;
}

/** Changes act at once and can be taken back. Steps of one control in a row are one change. */
export class SettingChanges {
  readonly #agent: AgentView;
  readonly #notices: Notices;
  #last: LastChange | undefined;

  constructor(agent: AgentView, notices: Notices) {
    this.#agent = agent;
    this.#notices = notices;
  }

  set<K extends ChangeableKey>(key: K, value: Settings[K]): void {
    const state = this.#agent.state;
    if (state === undefined) return;
    const now = this.#agent.settingsOf(state)[key];
    if (now === value) return;
    const before = (
      this.#notices.current?.undo !== undefined && this.#last?.key === key ? this.#last.before : now
    ) as Settings[K];
    this.#send(key, value);
    if (before === value) return this.#notices.dismiss();
    this.#last = { key, before };
    this.#notices.show({
      kind: 'done',
      text: t('change.done', {
        setting: t(settingLabel(key)),
        before: settingValue(key, before),
        after: settingValue(key, value),
      }),
      undo: () => this.#takeBack(key, before),
    });
  }

  #takeBack<K extends ChangeableKey>(key: K, before: Settings[K]): void {
    this.#last = undefined;
    this.#send(key, before);
    this.#notices.show({
      kind: 'done',
      text: t('change.undone', { setting: t(settingLabel(key)), value: settingValue(key, before) }),
    });
  }

  #send<K extends ChangeableKey>(key: K, value: Settings[K]): void {
    this.#agent
      .setSettings({ [key]: value } as Patch)
      .catch((error: unknown) => this.#notices.fail(toError(error)));
  }
}
