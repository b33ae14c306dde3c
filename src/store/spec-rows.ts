// Specifications and their content: each script, environment and request is stored once.

import { createHash } from 'node:crypto';
import { assert } from '../base/assert.ts';
import type { JobRequest } from '../model/job-request.ts';
import type { SpecColumns } from './commit-message.ts';
import type { Connection } from './database.ts';
import { toSql } from './text.ts';

/** Keys whose rows are remembered; a batch that repeats one needs no search. */
const REMEMBERED = 10_000;

function statements(db: Connection) {
  return {
    insertContent: db.prepare(
      'INSERT INTO content (hash, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING',
    ),
    findContent: db.prepare('SELECT id FROM content WHERE hash = ?').pluck(),
    insertSpec: db.prepare(`INSERT INTO spec
      (key, name, queue, account, request, script, environment) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING`),
    findSpec: db.prepare('SELECT id FROM spec WHERE key = ?').pluck(),
  };
}

/** Writes and finds them. */
export class SpecRows {
  readonly #sql: ReturnType<typeof statements>;
  readonly #rows = new Map<string, number>();

  constructor(db: Connection) {
    this.#sql = statements(db);
  }

  /** Inserts those that are not there yet. */
  insert({ keys, requests, lengths, bytes }: SpecColumns): void {
    let at = 0;
    const take = (length: number): number => {
      at += length;
      return this.#contentRow(bytes.subarray(at - length, at));
    };
    for (let i = 0; i < keys.length; i++) {
      const script = take(lengths[i * 2] as number);
      const environment = take(lengths[i * 2 + 1] as number);
      const json = requests[i] as string;
      const { name, queue, account } = JSON.parse(json) as JobRequest;
      const words = [toSql(name), toSql(queue), account === undefined ? null : toSql(account)];
      this.#sql.insertSpec.run(toSql(keys[i] as string), ...words, json, script, environment);
    }
  }

  /** The row of a specification that was inserted now or earlier. */
  rowOf(key: string): number {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#sql.findSpec.get(toSql(key)) as number | undefined;
      assert(row !== undefined, `specification ${key} comes with the first job that has it`);
      if (this.#rows.size >= REMEMBERED) this.#rows.clear();
      this.#rows.set(key, row);
    }
    return row;
  }

  /** Row numbers of a transaction that was rolled back mean nothing. */
  forget(): void {
    this.#rows.clear();
  }

  #contentRow(bytes: Uint8Array): number {
    const hash = createHash('sha256').update(bytes).digest();
    this.#sql.insertContent.run(hash, bytes);
    return this.#sql.findContent.get(hash) as number;
  }
}
