// The elements of arrays on the disk: what waits and runs as one row an array, what ended as chunks
// of columns. A chunk grows until it fills about a page, so that an array whose elements end one by
// one does not become a row an element, and no commit rewrites more than a page.

import { type EndedElements, noEndedElements } from '../model/array-record.ts';
import type { Connection } from './database.ts';
import { appendEnded, PLAIN_COLUMNS } from './ended-elements.ts';
import type { ElementColumns } from './job-columns.ts';
import { packColumns, unpackColumns } from './packed-numbers.ts';

/** A last chunk with fewer elements takes more. */
const CHUNK_GROWS_TO = 256;
const CHUNK_MAX = 4_096;

/** A row of array_chunk. */
export interface Chunk {
  readonly id: number;
  readonly count: number;
  readonly nodes: string;
  readonly columns: Buffer;
}

function statements(db: Connection) {
  return {
    putArray: db.prepare('INSERT OR REPLACE INTO job_array VALUES (?, ?, ?)'),
    lastChunk: db.prepare<[number], Chunk>(
      'SELECT id, count, nodes, columns FROM array_chunk WHERE array = ? ORDER BY id DESC LIMIT 1',
    ),
    insertChunk: db.prepare(`INSERT INTO array_chunk
      (array, count, first_job, last_job, nodes, columns) VALUES (?, ?, ?, ?, ?, ?)`),
    updateChunk: db.prepare(`UPDATE array_chunk
      SET count = ?, first_job = ?, last_job = ?, nodes = ?, columns = ? WHERE id = ?`),
  };
}

/** Writes them. */
export class ArrayRows {
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection) {
    this.#sql = statements(db);
  }

  /** Keeps what waits and runs now, and adds what ended since. */
  write(array: number, { waiting, active, ended }: ElementColumns): void {
    this.#sql.putArray.run(array, waiting, active);
    const count = ended.index.length;
    if (count === 0) return;
    const last = this.#sql.lastChunk.get(array);
    let from = 0;
    if (last !== undefined && last.count < CHUNK_GROWS_TO) {
      from = Math.min(count, CHUNK_MAX - last.count);
      const grown = noEndedElements();
      readChunk(last, grown);
      appendEnded(grown, ended, 0, from);
      this.#sql.updateChunk.run(...chunkValues(grown), last.id);
    }
    for (; from < count; from += CHUNK_MAX) {
      const chunk = noEndedElements();
      appendEnded(chunk, ended, from, Math.min(count, from + CHUNK_MAX));
      this.#sql.insertChunk.run(array, ...chunkValues(chunk));
    }
  }
}

function chunkValues(ended: EndedElements): [number, number, number, string, Buffer] {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const job of ended.job) {
    first = Math.min(first, job);
    last = Math.max(last, job);
  }
  const columns = packColumns([...PLAIN_COLUMNS.map((name) => ended[name]), ended.node]);
  return [ended.index.length, first, last, JSON.stringify(ended.nodes), columns];
}

/** Appends a chunk's elements to `ended`. */
export function readChunk(chunk: Chunk, ended: EndedElements): void {
  const found = noEndedElements();
  found.nodes.push(...(JSON.parse(chunk.nodes) as string[]));
  unpackColumns(chunk.columns, chunk.count, [
    ...PLAIN_COLUMNS.map((name) => found[name]),
    found.node,
  ]);
  appendEnded(ended, found);
}
