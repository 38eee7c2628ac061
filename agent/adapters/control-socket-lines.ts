// SPDX-License-Identifier: MIT
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/**
 * Gives each whole line that arrives on a socket; what is left at the end without a line break is no line.
 * A line of more than `maxLength` characters ends the connection.
 */
export function readLines(socket: Socket, maxLength: number, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    rest += decoder.write(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.length <= maxLength) onLine(line);
    }
    if (rest.length > maxLength) socket.destroy();
  });
}
