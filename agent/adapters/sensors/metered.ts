// SPDX-License-Identifier: MIT
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { entriesOf, lineOf, numberOf } from './sysfs.ts';

/** What a network device's `type` says, from linux/if_arp.h. */
const ETHERNET = 1;
const PPP = 512;
/** Drivers of telephones that lend their connection over USB. */
const TETHERS = ['rndis_host', 'ipheth'];
/** They may be such a telephone, or a dock. */
const DOUBTFUL = ['cdc_ether', 'cdc_ncm'];

/** What NetworkManager says: 1 yes, 2 no, 3 and 4 the same as a guess. Anything else: it does not know. */
export function meteredOf(networkManager: number | undefined): boolean | undefined {
  if (networkManager === 1 || networkManager === 3) return true;
  return networkManager === 2 || networkManager === 4 ? false : undefined;
}

/**
 * Whether the way out is paid by volume, as far as its kind tells: a modem or a telephone is, a cable is not.
 * @param proc `/proc`, or a folder that stands for it
 * @param sys `/sys`, or a folder that stands for it
 * @returns null of a wireless network or a tunnel, and where routes cannot be read
 */
export function meteredByDevice(proc: string, sys: string): boolean | null {
  const ways = waysOut(proc);
  if (ways === undefined) return null;
  const kinds = ways.map((name) => isMetered(join(sys, 'class/net', name)));
  if (kinds.includes(true)) return true;
  return kinds.includes(null) ? null : false;
}

/** The devices with a default route, of either version of IP. */
function waysOut(proc: string): string[] | undefined {
  const tables = [lines(join(proc, 'net/route')), lines(join(proc, 'net/ipv6_route'))];
  if (tables.every((table) => table === undefined)) return undefined;
  const [four = [], six = []] = tables;
  const names = [
    ...four
      .filter(([, to, , , , , , mask]) => to === '00000000' && mask === '00000000')
      .map(([name]) => name),
    ...six.filter(([to, length]) => /^0+$/.test(to ?? '') && length === '00').map((row) => row[9]),
  ];
  return [...new Set(names)].filter((name) => name !== undefined && name !== 'lo').map(String);
}

function lines(path: string): string[][] | undefined {
  try {
    const rows = readFileSync(path, 'utf8').trim().split('\n');
    return rows.map((row) => row.trim().split(/\s+/));
  } catch {
    // Without this version of IP.
    return undefined;
  }
}

function isMetered(device: string): boolean | null {
  const type = numberOf(join(device, 'type'));
  if (type === PPP || /^DEVTYPE=wwan$/m.test(lineOf(join(device, 'uevent')))) return true;
  if (type !== ETHERNET) return null;
  const inside = entriesOf(device);
  if (inside.includes('wireless') || inside.includes('phy80211')) return null;
  const driver = linkName(join(device, 'device/driver'));
  if (TETHERS.includes(driver)) return true;
  return DOUBTFUL.includes(driver) || inside.includes('tun_flags') ? null : false;
}

function linkName(path: string): string {
  try {
    return readlinkSync(path).replace(/.*\//, '');
  } catch {
    // A device of software has no driver.
    return '';
  }
}
