// SPDX-License-Identifier: MIT
import { createContext } from 'svelte';

import type { Bridge } from '../../protocol/bridge.ts';
import type { Clock } from '../../protocol/clock.ts';
import { toError } from '../../protocol/errors.ts';
import { AgentView } from './agent-view.svelte.ts';
import { Notices } from './notices.svelte.ts';
import { Route } from './route.svelte.ts';
import { SettingChanges } from './setting-changes.ts';
import { Time } from './time.svelte.ts';

/** Everything the screens share. */
export class App {
  readonly agent: AgentView;
  readonly notices: Notices;
  readonly changes: SettingChanges;
  readonly route = new Route();
  readonly time: Time;

  constructor(bridge: Bridge, clock: Clock) {
    this.agent = new AgentView(bridge);
    this.notices = new Notices(clock);
    this.changes = new SettingChanges(this.agent, this.notices);
    this.time = new Time(clock);
  }

  start(): () => void {
    const stops = [this.route.start(), this.agent.start((error) => this.notices.fail(error))];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Runs what the person asked for; says when it fails, and when it is done if nothing else shows it. */
  attempt(work: Promise<unknown>, done?: string): void {
    work.then(
      () => {
        if (done !== undefined) this.notices.show({ kind: 'done', text: done });
      },
      (error: unknown) => this.notices.fail(toError(error)),
    );
  }
}

export const [getApp, setApp] = createContext<App>();
