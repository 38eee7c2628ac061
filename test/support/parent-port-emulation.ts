// SPDX-License-Identifier: MIT
// Loaded with --import into a Node child: makes its process look like an Electron utility process, which has a
// parentPort and no channel of its own.
import { EventEmitter } from 'node:events';

const port = Object.assign(new EventEmitter(), { postMessage: process.send?.bind(process) });
const emit = process.emit.bind(process) as (name: string, ...values: unknown[]) => boolean;

Object.assign(process, {
  parentPort: port,
  send: undefined,
  connected: undefined,
  // Only the channel itself emits a message with a (mostly absent) handle.
  emit: (name: string, ...values: unknown[]) =>
    name === 'message' && values.length === 2
      ? port.emit('message', { data: values[0], ports: [] })
      : emit(name, ...values),
});
