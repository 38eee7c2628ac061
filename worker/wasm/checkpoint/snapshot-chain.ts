// SPDX-License-Identifier: MIT
import { type MachineState, type SnapshotHeader, snapshotHeaderSchema } from './machine-state.ts';
import { bad, splitSnapshot } from './snapshot-format.ts';
import { sha256, type TaskIdentity } from './task-identity.ts';

/** A checkpoint that a task can go on from. */
export interface Resume {
  readonly state: MachineState;
  /** a base and its deltas; taken out one by one as they are used, so that they take no memory for longer */
  readonly files: Uint8Array[];
}

/**
 * Finds out whether files are one checkpoint of this task: a base, and deltas that each follow the file before.
 * @throws {BadSnapshot}
 */
export async function checkChain(files: readonly Uint8Array[], identity: TaskIdentity): Promise<Resume> {
  let parent: string | null = null;
  let last: SnapshotHeader | undefined;
  for (const file of files) {
    last = readHeader(file);
    if (last.module !== identity.module) bad('it is of another module');
    if (last.meter !== identity.meter)
      bad('it was made by another version of the meter, which counts other fuel');
    if (last.task !== identity.task) bad('it is of another task');
    if (last.parent !== parent) bad('its parts do not belong together');
    parent = await sha256(file);
  }
  return { state: (last ?? bad('it has no parts')).state, files: [...files] };
}

function readHeader(file: Uint8Array): SnapshotHeader {
  const header = snapshotHeaderSchema.safeParse(parseJson(splitSnapshot(file).header));
  return header.success ? header.data : bad('its header is not one that this version of Lull knows');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
