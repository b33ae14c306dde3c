// Reads what was committed: the load at a start, content, pages of jobs as columns. Never writes:
// its connection cannot, but for temporary tables. Synchronous; runs in the reader thread.

import { assert } from '../base/assert.ts';
import { type EndedElements, noEndedElements } from '../model/array-record.ts';
import type { AccessKey } from '../model/access-key.ts';
import type { JobId } from '../model/ids.ts';
import type { JobDefinition } from '../model/job-definition.ts';
import type { JobContent } from '../model/job-request.ts';
import type { EndedAttempt } from '../model/outcome.ts';
import type { Owner } from '../model/user.ts';
import { type Chunk, readChunk } from './array-rows.ts';
import type { Connection } from './database.ts';
import { AT, type JobColumns, WIDTH } from './job-columns.ts';
import { fromSql, type SqlText } from './text.ts';

/** Jobs, and the requests of `columns.specs`. */
export interface JobPage {
  readonly columns: JobColumns;
  readonly requests: readonly string[];
}

/** Request ids that a start reads back. */
const RECENT_REQUESTS = 100_000;

/** Everything that is loaded besides jobs. */
export interface LoadedRest {
  readonly requestIds: readonly (readonly [requestId: string, job: JobId])[];
  readonly definitions: readonly JobDefinition[];
  readonly keys: readonly AccessKey[];
  readonly settings: readonly (readonly [name: string, value: string])[];
}

/** The columns of a job in the order of AT, behind them what is no number. */
export const JOB_COLUMNS = `job.id, job.array, job.element, job.owner, job.spec, job.submitted_ms,
  job.state, job.priority, job.eligible_ms, job.started_ms, job.ended_ms, job.attempt, job.node,
  job.cpus, job.memory_mib, job.tasks, job.outcome, job.exit_code, job.signal, job.user_cpu_ms,
  job.system_cpu_ms, job.max_memory_kib, job.request_id, job.extra, job_array.waiting,
  job_array.active`;

/** A row of JOB_COLUMNS. */
export type JobRow = readonly (number | SqlText | null)[];
const NUMBERS = WIDTH - 1;

function statements(db: Connection) {
  db.exec('CREATE TEMP TABLE loading (id INTEGER PRIMARY KEY) STRICT');
  return {
    clearLoading: db.prepare('DELETE FROM temp.loading'),
    findLiving: db.prepare(`INSERT INTO temp.loading
      SELECT id FROM job INDEXED BY job_living WHERE state < 4`),
    findElements: db.prepare(`INSERT OR IGNORE INTO temp.loading
      SELECT job.id FROM temp.loading CROSS JOIN job INDEXED BY job_array_element
      ON job.array = loading.id`),
    findArrays: db.prepare(`INSERT OR IGNORE INTO temp.loading
      SELECT job.array FROM temp.loading CROSS JOIN job ON job.id = loading.id
      WHERE job.array IS NOT NULL`),
    findRecent: db.prepare(`INSERT OR IGNORE INTO temp.loading
      SELECT id FROM job INDEXED BY job_owner_ended
      WHERE owner IN (SELECT id FROM owner) AND ended_ms >= ? AND state = 4`),
    loadPage: db
      .prepare<[number, number], JobRow>(`SELECT ${JOB_COLUMNS}
        FROM temp.loading CROSS JOIN job ON job.id = loading.id
        LEFT JOIN job_array ON job_array.job = job.id
        WHERE loading.id > ? ORDER BY loading.id LIMIT ?`)
      .raw(),
    owner: db.prepare<[number], { uid: number; gid: number; user: SqlText; group_name: SqlText }>(
      'SELECT uid, gid, user, group_name FROM owner WHERE id = ?',
    ),
    spec: db.prepare<[number], { key: SqlText; request: string }>(
      'SELECT key, request FROM spec WHERE id = ?',
    ),
    attempts: db
      .prepare<[number], JobRow>('SELECT * FROM attempt WHERE job = ? ORDER BY attempt')
      .raw(),
    chunks: db.prepare<[number], Chunk>(
      'SELECT id, count, nodes, columns FROM array_chunk WHERE array = ? ORDER BY id',
    ),
    content: db.prepare<[string | Buffer], { script: Buffer; environment: Buffer }>(`
      SELECT script.bytes AS script, environment.bytes AS environment FROM spec
      JOIN content AS script ON script.id = spec.script
      JOIN content AS environment ON environment.id = spec.environment
      WHERE spec.key = ?`),
    jobOfRequest: db
      .prepare<[string | Buffer], number>('SELECT id FROM job WHERE request_id = ?')
      .pluck(),
    recentRequests: db
      .prepare(`SELECT request_id, id FROM job WHERE request_id IS NOT NULL
        ORDER BY id DESC LIMIT ${RECENT_REQUESTS}`)
      .raw(),
    definitions: db.prepare('SELECT * FROM definition').raw(),
    keys: db.prepare('SELECT id, secret, owner, created_ms FROM access_key').raw(),
    settings: db.prepare("SELECT name, value FROM setting WHERE name <> 'store.eventSeq'").raw(),
  };
}

/** Reads for one connection. */
export class Reader {
  readonly #sql: ReturnType<typeof statements>;
  readonly #owners = new Map<number, Owner>();

  constructor(db: Connection) {
    this.#sql = statements(db);
  }

  /** Notes which jobs a load returns; loadPage hands them out. */
  beginLoad(finishedSinceMs: number): LoadedRest {
    this.#sql.clearLoading.run();
    this.#sql.findLiving.run();
    this.#sql.findRecent.run(finishedSinceMs);
    // An element may have ended long after its array was cancelled.
    this.#sql.findArrays.run();
    this.#sql.findElements.run();
    const requests = this.#sql.recentRequests.all() as [SqlText, JobId][];
    return {
      requestIds: requests.map(([id, job]) => [fromSql(id), job] as const).reverse(),
      definitions: (this.#sql.definitions.all() as [SqlText, number, number, number, string][]).map(
        ([name, revision, active, uid, properties]) => ({
          name: fromSql(name),
          revision,
          active: active === 1,
          uid,
          properties: JSON.parse(properties),
        }),
      ),
      keys: (this.#sql.keys.all() as [SqlText, SqlText, number, number][]).map(
        ([id, secret, owner, createdAt]) => ({
          accessKeyId: fromSql(id),
          secretAccessKey: fromSql(secret),
          owner: this.#owner(owner),
          createdAt: createdAt as AccessKey['createdAt'],
        }),
      ),
      settings: (this.#sql.settings.all() as [SqlText, SqlText][]).map(([name, value]) => [
        fromSql(name),
        fromSql(value),
      ]),
    };
  }

  /** At most `limit` of the noted jobs, from behind `after`. */
  loadPage(after: number, limit: number): JobPage {
    return this.page(this.#sql.loadPage.all(after, limit));
  }

  content(key: SqlText): JobContent | undefined {
    const found = this.#sql.content.get(key);
    return found && { script: found.script, environment: found.environment };
  }

  jobOfRequest(requestId: SqlText): number | undefined {
    return this.#sql.jobOfRequest.get(requestId);
  }

  /** All elements of an array that ended, in the order of their ends. */
  ended(array: number): EndedElements {
    const ended = noEndedElements();
    for (const chunk of this.#sql.chunks.all(array)) readChunk(chunk, ended);
    return ended;
  }

  /** Rows of JOB_COLUMNS as a page. */
  page(rows: readonly JobRow[]): JobPage {
    const numbers = new Float64Array(rows.length * WIDTH).fill(Number.NaN);
    const owners = new Table((id) => this.#owner(id as number));
    const specs = new Table((id) => this.#sql.spec.get(id as number));
    const nodes = new Table((name) => fromSql(name as SqlText));
    const attempts: { row: number; ended: EndedAttempt[] }[] = [];
    const elements: JobColumns['elements'][number][] = [];
    const requestIds: (string | null)[] = [];
    const extras: (string | null)[] = [];
    for (let row = 0; row < rows.length; row++) {
      const found = rows[row] as JobRow;
      const at = row * WIDTH;
      for (let i = 0; i < NUMBERS; i++) {
        if (typeof found[i] === 'number') numbers[at + 1 + i] = found[i] as number;
      }
      numbers[at + AT.owner] = owners.of(found[AT.owner - 1]);
      numbers[at + AT.spec] = specs.of(found[AT.spec - 1]);
      const node = found[AT.node - 1];
      if (node !== null) numbers[at + AT.node] = nodes.of(node);
      const [requestId, extra, waiting, active] = found.slice(NUMBERS) as (string | null)[];
      requestIds.push(requestId == null ? null : fromSql(requestId));
      extras.push(extra ?? null);
      const id = found[0] as number;
      if (extra?.includes('"attempts":')) this.#addAttempts(id, row, attempts);
      if (waiting != null && active != null) {
        elements.push({ row, waiting, active, ended: this.ended(id) });
      }
    }
    const keys = specs.values.map((spec) => fromSql(spec?.key as SqlText));
    const tables = { owners: owners.values, specs: keys, nodes: nodes.values };
    return {
      columns: { count: rows.length, numbers, ...tables, requestIds, extras, attempts, elements },
      requests: specs.values.map((spec) => spec?.request as string),
    };
  }

  #addAttempts(id: number, row: number, into: { row: number; ended: EndedAttempt[] }[]): void {
    const ended = (this.#sql.attempts.all(id) as unknown[][]).map((found) => {
      const [, attempt, startedAt, endedAt, nodes, outcome] = found;
      const [userCpuMs, systemCpuMs, maxMemoryKib] = found.slice(6);
      return {
        attempt,
        startedAt: startedAt ?? undefined,
        endedAt,
        nodes: JSON.parse(nodes as string),
        outcome: JSON.parse(outcome as string),
        usage: { userCpuMs, systemCpuMs, maxMemoryKib },
      } as EndedAttempt;
    });
    if (ended.length > 0) into.push({ row, ended });
  }

  #owner(id: number): Owner {
    let owner = this.#owners.get(id);
    if (owner === undefined) {
      const found = this.#sql.owner.get(id);
      assert(found !== undefined, 'every owner that a row points to is there');
      const { uid, gid } = found;
      owner = { uid, gid, user: fromSql(found.user), group: fromSql(found.group_name) };
      this.#owners.set(id, owner);
    }
    return owner;
  }
}

/** Values by what they are stored as, each made once, in the order of their first appearance. */
class Table<T> {
  readonly values: T[] = [];
  readonly #at = new Map<unknown, number>();
  readonly #make: (stored: unknown) => T;

  constructor(make: (stored: unknown) => T) {
    this.#make = make;
  }

  of(stored: unknown): number {
    let at = this.#at.get(stored);
    if (at === undefined) {
      at = this.values.push(this.#make(stored)) - 1;
      this.#at.set(stored, at);
    }
    return at;
  }
}
