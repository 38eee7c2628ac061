// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';

import type { Sensors } from '../../agent/ports.ts';
import { signalsSchema } from '../../protocol/signals.ts';

/** What every adapter of the port `Sensors` keeps, the fake as well. */
export function sensorsContract(make: () => Sensors): void {
  const signal = new AbortController().signal;

  it('say signals that fit their schema, before and after they are started and stopped', async () => {
    const some = make();
    signalsSchema.parse(some.read());
    await some.start(signal);
    signalsSchema.parse(some.read());
    await some.stop();
    await some.stop();
    signalsSchema.parse(some.read());
  });

  it('can be started twice, stopped without a start, and started again', async () => {
    const some = make();
    await some.stop();
    await some.start(signal);
    await some.start(signal);
    await some.stop();
    await some.start(signal);
    signalsSchema.parse(some.read());
    await some.stop();
  });

  it('stop telling a listener that has gone', async () => {
    const some = make();
    const stop = some.onChange(() => expect.unreachable());
    stop();
    stop();
    await some.start(signal);
    some.read();
    await some.stop();
  });

  it('name running programs without path, or say that they cannot', async () => {
    const some = make();
    await some.start(signal);
    for (const name of some.programs() ?? []) expect(name).not.toMatch(/^\/|^$/);
    await some.stop();
  });
}
