// The database itself, on this thread: settings, migrations, plans.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Connection,
  integrityProblems,
  openReader,
  openWriter,
  SCHEMA_VERSION,
} from '../../../src/store/database.ts';
import { PLAIN_COLUMNS } from '../../../src/store/ended-elements.ts';
import { historySql, prepareHistory, type Search } from '../../../src/store/history.ts';
import { packCommit } from '../../../src/store/commit-message.ts';
import { Writer } from '../../../src/store/writer.ts';
import { commitOf, newJob } from '../../support/store-records.ts';

let directory: string;
let file: string;
let db: Connection;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-database-'));
  file = path.join(directory, 'spillway.db');
  fs.writeFileSync(file, '');
  db = openWriter(file, true);
});

afterEach(() => {
  db.close();
  fs.rmSync(directory, { recursive: true });
});

test('the writer runs with the settings that make a commit durable', () => {
  const settings = [
    'journal_mode',
    'synchronous',
    'foreign_keys',
    'trusted_schema',
    'cell_size_check',
  ];
  expect(settings.map((name) => db.pragma(name, { simple: true }))).toEqual(['wal', 2, 1, 0, 1]);
});

test('every table is strict', () => {
  const tables = db.pragma('table_list') as { name: string; type: string; strict: number }[];
  const loose = tables.filter(
    ({ name, type, strict }) => type === 'table' && strict === 0 && !name.startsWith('sqlite_'),
  );
  expect(loose).toEqual([]);
});

test('a database of a newer program is refused in words, and stays as it is', () => {
  db.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
  db.close();
  expect(() => openWriter(file, true)).toThrow(/written by a newer Spillway/);
  db = openReader(file);
  expect(db.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION + 1);
});

test('a database that is up to date is not changed by opening it', () => {
  const before = db.prepare('SELECT sql FROM sqlite_schema').all();
  db.close();
  db = openWriter(file, true);
  expect(db.prepare('SELECT sql FROM sqlite_schema').all()).toEqual(before);
});

test('no search of history or of a start reads all jobs', () => {
  prepareHistory(
    db,
    () => true,
    () => true,
  );
  const search = (of: Search): string => historySql(of, 'ASC');
  const statements = {
    refs: search('refs'),
    names: search('names'),
    owners: search('owners'),
    last: historySql('owners', 'DESC'),
    request: 'SELECT id FROM job WHERE request_id = @from',
    living: 'SELECT id FROM job WHERE state < 4',
  };
  for (const [name, sql] of Object.entries(statements)) {
    const parameters = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, p]) => [p, 0]));
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as { detail: string }[];
    const details = plan.map((step) => step.detail);
    const scans = details.filter((step) => /^SCAN (job|spec|array_chunk|element)\b/.test(step));
    expect([name, scans], details.join('\n')).toEqual([name, []]);
  }
});

test('people can read the accounting with an SQL shell', () => {
  const writer = new Writer(db);
  const job = newJob(7, { startedAt: 1_000 as never, endedAt: 3_500 as never, state: 'finished' });
  writer.commit(
    packCommit(commitOf([{ ...job, outcome: { kind: 'timedOut', exitCode: 0, signal: 15 } }]))
      .message,
  );
  expect(db.prepare('SELECT * FROM accounting').get()).toMatchObject({
    job: 7,
    name: 'job',
    user: 'alice',
    queue: 'normal',
    state: 'finished',
    outcome: 'timedOut',
    signal: 15,
    submitted: '1970-01-01T00:00:07.000Z',
    started: '1970-01-01T00:00:01.000Z',
    elapsed_s: 2.5,
  });
  expect(db.prepare('SELECT job, event FROM job_history').all()).toEqual([
    { job: 7, event: 'changed' },
  ]);
});

test('equal scripts, environments and requests are stored once', () => {
  const writer = new Writer(db);
  for (const id of [1, 2, 3]) writer.commit(packCommit(commitOf([newJob(id)])).message);
  const count = (table: string): unknown =>
    db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  expect([count('spec'), count('content'), count('owner'), count('job')]).toEqual([1, 1, 1, 3]);
});

test('events keep their order over commits and over a failed one', () => {
  const writer = new Writer(db);
  const event = (kind: string) => ({ job: newJob(1).id, at: 5 as never, kind });
  writer.commit(packCommit(commitOf([newJob(1)], { events: [event('a'), event('b')] })).message);
  const bad = commitOf([newJob(1)], { events: [event('lost')] });
  expect(() => writer.commit(packCommit(bad).message)).toThrow();
  const next = new Writer(db);
  next.commit(packCommit(commitOf([], { events: [event('c'), event('a')] })).message);
  expect(db.prepare('SELECT event FROM job_history').pluck().all()).toEqual(['a', 'b', 'c', 'a']);
});

test('a batch that breaks off in the middle leaves no rows for the next one', () => {
  const writer = new Writer(db);
  const bad = commitOf([newJob(1), newJob(2, { requestId: '\u2603' })]);
  expect(() => writer.commit(packCommit(bad).message)).toThrow('one byte a character');
  writer.commit(packCommit(commitOf([newJob(3)])).message);
  expect(db.prepare('SELECT id FROM job').pluck().all()).toEqual([3]);
});

test('chunks of ended elements fill a page at least and hold 4096 at most', () => {
  const writer = new Writer(db);
  let isNew = true;
  for (const count of [1, 3, 250, 1, 5_000, 10, 5]) {
    const column = Array.from({ length: count }, (_, i) => i);
    const columns = PLAIN_COLUMNS.map((name) => [name, column]);
    const ended = { ...Object.fromEntries(columns), node: column.map(() => 0), nodes: ['n'] };
    const { isNew: _, ...known } = newJob(1);
    const array = {
      ...known,
      ...(isNew && { isNew }),
      elements: { waiting: [], active: [], ended },
    };
    writer.commit(packCommit(commitOf([array as never])).message);
    isNew = false;
  }
  const counts = db.prepare('SELECT count FROM array_chunk ORDER BY id').pluck().all();
  expect(counts).toEqual([4_096, 1_159, 15]);
});

test('an examination finds a row that points nowhere', () => {
  expect(integrityProblems(db)).toEqual([]);
  db.pragma('foreign_keys = 0');
  db.exec(
    'INSERT INTO job (id, spec, owner, submitted_ms, state, priority, attempt) VALUES (1, 9, 9, 0, 0, 0, 0)',
  );
  expect(integrityProblems(db)).toEqual([
    'row of job without its owner',
    'row of job without its spec',
  ]);
});
