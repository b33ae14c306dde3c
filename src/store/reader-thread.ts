// The thread that reads: history, content, the load at a start; another of its kind makes a backup.
// Never holds a statement open between two questions, so the log can always be written back.

import * as fs from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { HistoryQuery } from '../engine/ports.ts';
import { integrityProblems, openReader } from './database.ts';
import { History } from './history.ts';
import { Reader } from './reader.ts';
import { toSql } from './text.ts';
import { serve } from './thread.ts';

export interface ReaderSettings {
  readonly file: string;
}

/** What the main thread asks, one after the other. */
export type ReaderQuestion =
  | { readonly kind: 'open' }
  | { readonly kind: 'beginLoad'; readonly finishedSince: number }
  | { readonly kind: 'loadPage'; readonly after: number; readonly limit: number }
  | { readonly kind: 'history'; readonly query: HistoryQuery }
  | { readonly kind: 'content'; readonly key: string }
  | { readonly kind: 'jobOfRequest'; readonly requestId: string }
  | { readonly kind: 'backup'; readonly to: string }
  | { readonly kind: 'examine' }
  | { readonly kind: 'close' };

/** What an examination found. */
export interface Examination {
  /** Sentences; empty when all is well. */
  readonly problems: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
}

const COUNTED = ['job', 'event', 'attempt', 'spec', 'content', 'array_chunk'];

const db = openReader((workerData as ReaderSettings).file);
const reader = new Reader(db);
const history = new History(db, reader);

serve<ReaderQuestion>((question) => {
  switch (question.kind) {
    case 'open':
      return undefined;
    case 'beginLoad':
      return reader.beginLoad(question.finishedSince);
    case 'loadPage':
      return reader.loadPage(question.after, question.limit);
    case 'history':
      return history.find(question.query);
    case 'content':
      return reader.content(toSql(question.key));
    case 'jobOfRequest':
      return reader.jobOfRequest(toSql(question.requestId));
    case 'backup':
      return backup(question.to);
    case 'examine':
      return examine();
    case 'close':
      return db.close();
    default:
      return question satisfies never;
  }
});

function examine(): Examination {
  const rows = COUNTED.map((table) => {
    const count = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    return [table, count] as const;
  });
  return { problems: integrityProblems(db), rows: Object.fromEntries(rows) };
}

/** A whole copy, examined before it gets its name. */
async function backup(to: string): Promise<void> {
  const made = `${to}.part`;
  fs.rmSync(made, { force: true });
  fs.closeSync(fs.openSync(made, 'wx', 0o600));
  // One read transaction around it: else every commit would make the copy begin anew.
  db.exec('BEGIN');
  db.prepare('SELECT count(*) FROM setting').get();
  try {
    await db.backup(made);
  } finally {
    db.exec('COMMIT');
  }
  const copy = openReader(made);
  const problems = integrityProblems(copy);
  copy.close();
  for (const end of ['-wal', '-shm']) fs.rmSync(made + end, { force: true });
  if (problems.length > 0) throw new Error(`the copy is damaged: ${problems.join('; ')}`);
  fs.renameSync(made, to);
}
