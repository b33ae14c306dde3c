// `spillway doctor` where no daemon runs: opens the state directory as a daemon would, under its
// lock, so that nobody else can, reads everything, and closes it again.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { GatewayError } from '../../base/gateway-error.ts';
import { silentLogger } from '../../base/log.ts';
import { SqliteStore } from '../../store/sqlite-store.ts';
import type { Examination } from '../../model/view.ts';

/**
 * Examines the database of a directory. Rejects with GatewayError: `noDatabase`, or what the store
 * says when it cannot be opened (`locked`, `damaged` …).
 */
export async function examineOffline(directory: string): Promise<Examination> {
  if (!fs.existsSync(path.join(directory, 'spillway.db'))) {
    throw new GatewayError('noDatabase', `there is no spillway.db in ${directory}`);
  }
  const store = new SqliteStore({ directory }, { clock: systemClock(), log: silentLogger });
  await store.start();
  try {
    return await store.examine();
  } finally {
    await store.stop();
  }
}
