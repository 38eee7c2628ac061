// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { Bridge } from '../../../../protocol/bridge.ts';
import { LullError } from '../../../../protocol/errors.ts';
import { PreloadBridge } from '../../../../renderer/bridge/preload-bridge.ts';
import { sampleSnapshot } from '../../../support/sample-state.ts';

const exposed = (send: () => Promise<unknown>): Bridge => ({
  send: send as Bridge['send'],
  onSnapshot: (listener) => {
    listener(sampleSnapshot(3));
    return () => undefined;
  },
  onConnection: (listener) => {
    listener(true);
    return () => undefined;
  },
});

describe('the bridge over the preload', () => {
  it('makes a LullError again of the plain data that the preload can throw', async () => {
    const bridge = new PreloadBridge(exposed(() => Promise.reject({ code: 'disk_full', message: 'Full.' })));
    const failure: unknown = await bridge.send('resume', {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LullError);
    expect(failure).toMatchObject({ code: 'disk_full', message: 'Full.' });
  });

  it('parses answers and snapshots on arrival', async () => {
    const bridge = new PreloadBridge(exposed(() => Promise.resolve({ revision: 'x' })));
    await expect(bridge.send('snapshot', {})).rejects.toMatchObject({ code: 'invalid_request' });
    const revisions: number[] = [];
    bridge.onSnapshot(({ revision }) => revisions.push(revision));
    expect(revisions).toEqual([3]);
  });
});
