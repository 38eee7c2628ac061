// SPDX-License-Identifier: MIT
import { setSetting } from '../../coordinator/sql/settings.ts';
import { openStore } from '../../coordinator/store.ts';
import { toWireError } from '../../protocol/errors.ts';
import { silentLogger } from '../../protocol/logger.ts';

/*
 * A process that opens a database, says so, and writes one number after the other, saying each once it is
 * durable. Ends when it is killed.
 */
const database = process.argv[2] ?? '';
try {
  const store = await openStore(database, silentLogger);
  process.stdout.write('open\n');
  for (let count = 1; ; count++) {
    await store.write((sql) => setSetting(sql, 'leases_looked_at', String(count)));
    process.stdout.write(`wrote ${count}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
} catch (error) {
  process.stdout.write(`refused ${JSON.stringify(toWireError(error))}\n`);
}
