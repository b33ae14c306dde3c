// A process with a store of its own, to be killed, traced or raced by tests. Runs from dist/.
//   store-process.mjs commit DIR COUNT   commits batches, saying each id when it is acknowledged
//   store-process.mjs boast DIR COUNT    the control: says ids before they are committed, then dies
//   store-process.mjs plain DIR COUNT    the control: SQLite as better-sqlite3 opens it, no settings
//   store-process.mjs race DIR ROUNDS    opens and closes, shouting when another one is in

import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemClock } from '../../dist/base/clock.js';
import { silentLogger } from '../../dist/base/log.js';
import { SqliteStore } from '../../dist/store/sqlite-store.js';

const [what, directory, number] = process.argv.slice(2);
const say = (words) => fs.writeSync(1, `${words}\n`);
const KEY = 'k'.repeat(64);
const REQUEST = { dialect: 'slurm', name: 'job', queue: 'normal' };
const OWNER = { uid: 1000, gid: 100, user: 'alice', group: 'users' };

function openStore() {
  return new SqliteStore(
    { directory, ballastBytes: 4096 },
    { clock: systemClock(), log: silentLogger },
  );
}

/** Jobs `first` to `last`, each new, and the counter behind them. */
function commitOf(first, last) {
  const ids = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const job = { owner: OWNER, spec: KEY, request: REQUEST, state: 'pending', priority: 0 };
  const content = { script: Buffer.from('true'), environment: Buffer.alloc(0) };
  return {
    at: 1,
    jobs: ids.map((id) => ({ ...job, isNew: true, id, submittedAt: id, attempt: 0 })),
    events: ids.map((id) => ({ job: id, at: id, kind: 'jobSubmitted' })),
    specs: [{ key: KEY, request: JSON.stringify(REQUEST), content }],
    definitions: [],
    keys: [],
    deletedKeys: [],
    settings: { next: String(last + 1) },
  };
}

async function commitForever(store, isBoasting) {
  const { settings } = await store.load(2 ** 45);
  let next = Number(settings.next ?? 1);
  const size = Number(process.env.BATCH ?? 0);
  for (let round = 0; round < Number(number); round++) {
    const last = next + (size || 1 + (round % 40)) - 1;
    if (isBoasting) {
      say(last);
      if (round === 20) process.kill(process.pid, 'SIGKILL');
    }
    try {
      await store.commit(commitOf(next, last));
      if (!isBoasting) say(last);
      next = last + 1;
    } catch (error) {
      say(`failed ${error.code} ${error.retryable}`);
      if (!error.retryable) process.exit(3);
    }
  }
  await store.stop();
}

async function plain() {
  const { default: Database } = await import('better-sqlite3');
  fs.mkdirSync(directory, { recursive: true });
  const db = new Database(path.join(directory, 'plain.db'));
  db.pragma('journal_mode = wal');
  db.exec('CREATE TABLE job (id INTEGER PRIMARY KEY)');
  const insert = db.prepare('INSERT INTO job VALUES (?)');
  for (let id = 1; id <= Number(number); id++) insert.run(id);
  db.close();
}

async function race() {
  const inside = path.join(directory, 'inside');
  let served = 0;
  let refused = 0;
  for (let round = 0; round < Number(number); round++) {
    const store = openStore();
    try {
      await store.start();
    } catch (error) {
      if (error.code !== 'locked') throw error;
      refused++;
      // Until the other one goes on.
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    served++;
    fs.closeSync(fs.openSync(inside, 'wx'));
    await store.load(0);
    fs.rmSync(inside);
    await store.stop();
  }
  say(JSON.stringify({ served, refused }));
}

if (what === 'plain') await plain();
else if (what === 'race') await race();
else {
  const store = openStore();
  await store.start();
  say('open');
  await commitForever(store, what === 'boast');
}
