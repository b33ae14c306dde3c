// The contract of the Store port, on the fake and on SQLite. The threads run from dist/: build first.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { describeStore } from './store-suite.ts';

describeStore('the memory store', async () => {
  const store = new MemoryStore();
  return { store, reopen: async () => store, close: async () => {} };
});

describeStore('the SQLite store', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-store-'));
  const parts = { clock: systemClock(), log: silentLogger };
  const open = async (): Promise<SqliteStore> => {
    const store = new SqliteStore({ directory, ballastBytes: 4096 }, parts);
    await store.start();
    return store;
  };
  let store = await open();
  return {
    store,
    async reopen() {
      await store.stop();
      store = await open();
      return store;
    },
    async close() {
      await store.stop();
      fs.rmSync(directory, { recursive: true });
    },
  };
});
