// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { entriesOf, lineOf, namesIn, numberOf } from './sysfs.ts';

/**
 * Whether a microphone records, as ALSA tells it: whatever sound server runs, its hardware runs with it. One over
 * Bluetooth is not seen.
 * @param asound `/proc/asound`, or a folder that stands for it
 */
export function microphoneInUse(asound: string): boolean {
  const cards = namesIn(asound).filter((name) => /^card\d+$/.test(name));
  return cards.some((card) =>
    entriesOf(join(asound, card))
      .filter((name) => /^pcm\d+c$/.test(name))
      .some((device) =>
        entriesOf(join(asound, card, device))
          .filter((name) => /^sub\d+$/.test(name))
          .some((sub) => lineOf(join(asound, card, device, sub, 'status')).startsWith('state: RUNNING')),
      ),
  );
}

/**
 * Whether a camera takes pictures. A USB camera that does has switched its streaming interface to another setting; of
 * one that has no such setting, and of every other device for video, it is only known when its driver is not in use.
 * @param sys `/sys`, or a folder that stands for it
 * @returns null: something uses the driver, which need not be a camera that takes pictures
 */
export function cameraInUse(sys: string): boolean | null {
  const devices = namesIn(join(sys, 'class/video4linux')).filter((name) => name.startsWith('video'));
  const states = devices.map((name) => deviceInUse(join(sys, 'class/video4linux', name, 'device')));
  if (states.includes(true)) return true;
  return states.includes(null) ? null : false;
}

/** @param device the interface of a USB camera, or a device of another kind */
function deviceInUse(device: string): boolean | null {
  // Not joined: `..` is that of the folder which the link leads to.
  const streams = entriesOf(`${device}/..`)
    .filter((name) => /:\d+\.\d+$/.test(name))
    .map((name) => `${device}/../${name}`)
    .filter(
      (folder) =>
        lineOf(`${folder}/bInterfaceClass`) === '0e' && lineOf(`${folder}/bInterfaceSubClass`) === '02',
    );
  const settings = streams.map((folder) => ({
    setting: numberOf(`${folder}/bAlternateSetting`),
    endpoints: numberOf(`${folder}/bNumEndpoints`),
  }));
  if (settings.some(({ setting = 0 }) => setting > 0)) return true;
  const tells =
    settings.length > 0 && settings.every(({ setting, endpoints }) => setting === 0 && endpoints === 0);
  if (tells) return false;
  const users = numberOf(join(device, 'driver/module/refcnt'));
  return users === 0 ? false : null;
}
