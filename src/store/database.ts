// Opens the database file: settings of the connection, asserted; checks; migrations. It is all
// synchronous and runs in a thread of ours. Never creates a file: state-directory.ts does.

import Database from 'better-sqlite3';
import { assert } from '../base/assert.ts';
import { firstRelease } from './migrations/001-first-release.ts';

/** A connection of either thread. */
export type Connection = Database.Database;

/** Migrations in their order; `user_version` of a database is how many of them it has seen. */
const MIGRATIONS: readonly string[] = [firstRelease];

/** The newest schema that this program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Pages in the log before it is written back into the database: 16 MB. */
const CHECKPOINT_PAGES = 4_000;

/** The one connection that writes. Throws SqliteError, or an Error in our words. */
export function openWriter(file: string, isChecked: boolean): Connection {
  const db = new Database(file, { fileMustExist: true });
  try {
    if (isChecked) quickCheck(db);
    set(db, 'journal_mode', 'wal');
    set(db, 'foreign_keys', 1);
    set(db, 'trusted_schema', 0);
    set(db, 'cell_size_check', 1);
    // better-sqlite3 is built to run NORMAL in WAL mode: that loses commits at a power cut.
    set(db, 'synchronous', 2);
    set(db, 'wal_autocheckpoint', CHECKPOINT_PAGES);
    set(db, 'journal_size_limit', 64 * 1024 * 1024);
    set(db, 'cache_size', -65_536);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A connection that only reads; the writer has been there before. */
export function openReader(file: string): Connection {
  const db = new Database(file, { fileMustExist: true, readonly: true });
  set(db, 'trusted_schema', 0);
  set(db, 'cell_size_check', 1);
  set(db, 'cache_size', -32_768);
  return db;
}

function set(db: Connection, name: string, value: string | number): void {
  db.pragma(`${name} = ${value}`);
  const found = db.pragma(name, { simple: true });
  assert(found === value, `the database keeps its setting ${name}`);
}

/** Finds damaged pages, not damaged values. About 0.5 s a GB. */
function quickCheck(db: Connection): void {
  const found = db.pragma('quick_check(3)', { simple: true });
  if (found !== 'ok') throw new DamagedDatabase(String(found));
}

/** Every page and index. Returns what is wrong, or nothing. */
export function integrityProblems(db: Connection): string[] {
  const rows = db.pragma('integrity_check(10)') as { integrity_check: string }[];
  const wrong = rows.map((row) => row.integrity_check).filter((words) => words !== 'ok');
  const orphans = (db.pragma('foreign_key_check') as { table: string; parent: string }[]).slice(
    0,
    10,
  );
  return [...wrong, ...orphans.map(({ table, parent }) => `row of ${table} without its ${parent}`)];
}

/** Damage that SQLite reported as words. */
export class DamagedDatabase extends Error {
  readonly code = 'SQLITE_CORRUPT';
}

/** Written by a newer program than this one. */
export class NewerDatabase extends Error {
  readonly code = 'newerDatabase';
}

function migrate(db: Connection): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw new NewerDatabase(
      `the database has schema ${version}, this program knows ${SCHEMA_VERSION}: it was written by ` +
        'a newer Spillway; start that one, or restore a backup made before the upgrade',
    );
  }
  for (let next = version; next < SCHEMA_VERSION; next++) {
    db.transaction(() => {
      db.exec(MIGRATIONS[next] as string);
      db.pragma(`user_version = ${next + 1}`);
    }).immediate();
  }
}
