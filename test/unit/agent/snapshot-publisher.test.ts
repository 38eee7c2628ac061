// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { SnapshotPublisher } from '../../../agent/snapshot-publisher.ts';
import type { AgentState } from '../../../protocol/agent-state.ts';
import { TestClock } from '../../support/test-clock.ts';

function publisher() {
  const clock = new TestClock();
  let built = 0;
  const made = new SnapshotPublisher(clock, () => {
    built += 1;
    return { at: clock.now() } as AgentState;
  });
  return { clock, made, built: () => built };
}

describe('the snapshot publisher', () => {
  it('publishes at most four times a second, the last change included', async () => {
    const { clock, made } = publisher();
    const seen: { revision: number; at: number }[] = [];
    made.subscribe(({ revision, state }) => seen.push({ revision, at: state.at }));
    for (let ms = 0; ms < 2000; ms += 10) {
      made.changed();
      await clock.advance(10);
    }
    await clock.advance(1000);
    expect(seen.length).toBeLessThanOrEqual(9);
    expect(seen.length).toBeGreaterThanOrEqual(8);
    expect(seen.map(({ revision }) => revision)).toEqual(seen.map((_one, index) => index + 1));
  });

  it('publishes a first change at once', async () => {
    const { clock, made } = publisher();
    let seen = 0;
    made.subscribe(() => (seen += 1));
    made.changed();
    await clock.advance(0);
    expect(seen).toBe(1);
  });

  it('builds nothing while nobody listens', async () => {
    const { clock, made, built } = publisher();
    for (let n = 0; n < 10; n++) {
      made.changed();
      await clock.advance(1000);
    }
    expect(built()).toBe(0);
  });

  it('gives a snapshot that is as new as the last change, with a revision of its own', async () => {
    const { clock, made } = publisher();
    const first = made.snapshot();
    expect(made.snapshot()).toBe(first);
    await clock.advance(5);
    made.changed();
    expect(made.snapshot()).toMatchObject({ revision: first.revision + 1, state: { at: clock.now() } });
  });

  it('tells nobody any more who has stopped listening, or after its end', async () => {
    const { clock, made } = publisher();
    const stop = made.subscribe(() => expect.unreachable());
    made.subscribe(() => expect.unreachable());
    stop();
    made.changed();
    made.stop();
    await clock.advance(1000);
  });
});
