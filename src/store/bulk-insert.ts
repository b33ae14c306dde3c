// Inserts rows many at a time: one statement of twenty rows costs half of twenty of one row, since
// most of a small insert is the way into SQLite and back.

import type { Connection } from './database.ts';

const ROWS = 20;

/** What can be bound. */
export type SqlValue = number | string | Buffer | null | undefined;

/** Rows for one table. */
export class BulkInsert {
  readonly #many: ReturnType<Connection['prepare']>;
  readonly #one: ReturnType<Connection['prepare']>;
  readonly #width: number;
  readonly #values: SqlValue[];
  #used = 0;

  /** `into` is a table with its columns, all or in parentheses; `width` says how many they are. */
  constructor(db: Connection, into: string, width: number) {
    const row = `(${new Array(width).fill('?').join(',')})`;
    this.#many = db.prepare(`INSERT INTO ${into} VALUES ${new Array(ROWS).fill(row).join(',')}`);
    this.#one = db.prepare(`INSERT INTO ${into} VALUES ${row}`);
    this.#width = width;
    this.#values = new Array<SqlValue>(ROWS * width).fill(null);
  }

  /** Rows reach the table when enough are there, or with `flush`. */
  add(...row: readonly SqlValue[]): void {
    for (let i = 0; i < this.#width; i++) this.#values[this.#used++] = row[i];
    if (this.#used === this.#values.length) {
      this.#used = 0;
      this.#many.run(this.#values);
    }
  }

  flush(): void {
    const used = this.#used;
    this.#used = 0;
    for (let at = 0; at < used; at += this.#width) {
      this.#one.run(this.#values.slice(at, at + this.#width));
    }
  }

  /** Drops what a failed transaction left. */
  clear(): void {
    this.#used = 0;
  }
}
