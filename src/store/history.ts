// Finished jobs by selection and window. Each statement is built once, of the constants here; what
// a user gave is only bound, most of it as rows of a temporary table. Each statement names the
// index that it searches by, so a plan that would read everything cannot be prepared.

import { hasIndex } from '../model/index-set.ts';
import type { HistoryQuery } from '../engine/ports.ts';
import type { JobRef, JobSelection } from '../model/selection.ts';
import type { Connection } from './database.ts';
import { namePattern } from './name-pattern.ts';
import { JOB_COLUMNS, type JobPage, type JobRow, type Reader } from './reader.ts';
import { fromSql, type SqlText, toSql } from './text.ts';

const wanted = (what: string): string => `(SELECT value FROM temp.wanted WHERE what = '${what}')`;

/** What is searched first, by which index. The others are filters on what that finds. */
const SEARCHES = {
  /** The jobs named, and the elements of arrays named. */
  refs: {
    from: 'job',
    where: `job.id IN (SELECT value FROM temp.wanted WHERE what = 'ref' UNION
      SELECT element.id FROM job AS element INDEXED BY job_array_element
      WHERE element.array IN ${wanted('ref')})`,
  },
  names: {
    from: 'job INDEXED BY job_spec',
    where: `job.spec IN (SELECT named.id FROM spec AS named INDEXED BY spec_name
      WHERE named.name IN ${wanted('name')})`,
  },
  /** Everybody's jobs are those of all owners. */
  owners: {
    from: 'job INDEXED BY job_owner_ended',
    where: `job.owner IN ${wanted('owner')}`,
  },
} as const;

/** A way to search. */
export type Search = keyof typeof SEARCHES;

const FILTERS = `
  AND job.state = 4 AND job.ended_ms >= @from AND job.submitted_ms <= @to AND job.id > @after
  AND job.owner IN ${wanted('owner')}
  AND (@refs = 0 OR ref_matches(job.id, job.array, job.element))
  AND (@names = 0 OR spec.name IN ${wanted('name')})
  AND (@namePattern = 0 OR name_matches(spec.name))
  AND (@queues = 0 OR spec.queue IN ${wanted('queue')})
  AND (@accounts = 0 OR spec.account IN ${wanted('account')})
  AND (@nodes = 0 OR job.node IN ${wanted('node')}
    OR EXISTS (SELECT 1 FROM json_each(job.extra, '$.allocation') AS part
      WHERE json_extract(part.value, '$.node') IN ${wanted('nodeInJson')})
    OR EXISTS (SELECT 1 FROM array_chunk, json_each(array_chunk.nodes) AS used
      WHERE array_chunk.array = job.id AND used.value IN ${wanted('nodeInJson')}))`;

/** The whole statement. */
export function historySql(search: Search, order: 'ASC' | 'DESC'): string {
  const { from, where } = SEARCHES[search];
  return `SELECT ${JOB_COLUMNS} FROM ${from} CROSS JOIN spec ON spec.id = job.spec
    LEFT JOIN job_array ON job_array.job = job.id
    WHERE ${where} ${FILTERS} ORDER BY job.id ${order} LIMIT @limit`;
}

/** Makes what the statements need on a connection. Until then they cannot be prepared. */
export function prepareHistory(
  db: Connection,
  isMeant: (id: number, array: number | null, element: number | null) => boolean,
  isNamed: (name: string) => boolean,
): void {
  db.exec(`CREATE TEMP TABLE wanted (what TEXT NOT NULL, value ANY NOT NULL,
    PRIMARY KEY (what, value)) STRICT, WITHOUT ROWID`);
  db.function('ref_matches', (id, array, element) =>
    isMeant(id as number, array as number | null, element as number | null) ? 1 : 0,
  );
  db.function('name_matches', (name) => (isNamed(fromSql(name as SqlText)) ? 1 : 0));
}

function statements(db: Connection) {
  const search = (name: Search, order: 'ASC' | 'DESC') =>
    db.prepare<[object], JobRow>(historySql(name, order)).raw();
  return {
    clearWanted: db.prepare('DELETE FROM temp.wanted'),
    addWanted: db.prepare('INSERT OR IGNORE INTO temp.wanted VALUES (?, ?)'),
    addNumber: db.prepare('INSERT OR IGNORE INTO temp.wanted VALUES (?, CAST(? AS INTEGER))'),
    owners: db.prepare<[], { id: number; uid: number; user: SqlText }>(
      'SELECT id, uid, user FROM owner',
    ),
    /** Arrays of which an element's own number may be among those of a chunk. */
    arraysAround: db
      .prepare<[number, number], number>(`SELECT DISTINCT array FROM array_chunk
        INDEXED BY array_chunk_job WHERE last_job >= ? AND first_job <= ?`)
      .pluck(),
    hasJob: db.prepare<[number], number>('SELECT 1 FROM job WHERE id = ?').pluck(),
    ASC: {
      refs: search('refs', 'ASC'),
      names: search('names', 'ASC'),
      owners: search('owners', 'ASC'),
    },
    DESC: {
      refs: search('refs', 'DESC'),
      names: search('names', 'DESC'),
      owners: search('owners', 'DESC'),
    },
  };
}

/** Answers history queries on one connection. */
export class History {
  readonly #reader: Reader;
  readonly #sql: ReturnType<typeof statements>;
  readonly #change: (work: () => void) => void;
  /** By job; an absent list of elements means all of it. */
  #refs = new Map<number, JobRef[]>();
  #isNamed: (name: string) => boolean = () => true;

  constructor(db: Connection, reader: Reader) {
    this.#reader = reader;
    prepareHistory(
      db,
      (...job) => this.#isMeant(...job),
      (name) => this.#isNamed(name),
    );
    this.#sql = statements(db);
    this.#change = db.transaction((work: () => void) => work());
  }

  /** One page, sorted by id. */
  find({ selection, from, to, after, limit }: HistoryQuery): JobPage {
    if (selection.states !== undefined && !selection.states.includes('finished')) {
      return this.#reader.page([]);
    }
    this.#change(() => this.#want(selection));
    if (selection.namePattern !== undefined) this.#isNamed = namePattern(selection.namePattern);
    const search = selection.refs ? 'refs' : selection.names ? 'names' : 'owners';
    const rows = this.#sql[selection.onlyLast ? 'DESC' : 'ASC'][search].all({
      from,
      to,
      after: after ?? 0,
      limit: selection.onlyLast ? 1 : limit,
      refs: selection.refs ? 1 : 0,
      names: selection.names ? 1 : 0,
      namePattern: selection.namePattern === undefined ? 0 : 1,
      queues: selection.queues ? 1 : 0,
      accounts: selection.accounts ? 1 : 0,
      nodes: selection.nodes ? 1 : 0,
    });
    return this.#reader.page(rows);
  }

  #want(selection: JobSelection): void {
    const { names, queues, accounts, nodes } = selection;
    this.#sql.clearWanted.run();
    for (const [what, values] of Object.entries({
      name: names,
      queue: queues,
      account: accounts,
    })) {
      for (const value of values ?? []) this.#sql.addWanted.run(what, toSql(value));
    }
    for (const node of nodes ?? []) {
      this.#sql.addWanted.run('node', toSql(node));
      this.#sql.addWanted.run('nodeInJson', node);
    }
    const users = selection.users && new Set(selection.users);
    for (const { id, uid, user } of this.#sql.owners.all()) {
      const name = fromSql(user);
      const isWanted = users?.has(String(uid)) || (users?.has(name) && !/^\d+$/.test(name));
      if (users === undefined || isWanted) this.#sql.addNumber.run('owner', id);
    }
    this.#refs = new Map();
    for (const ref of selection.refs ?? []) this.#wantRef(ref);
  }

  #wantRef(ref: JobRef): void {
    const jobs = [ref.job as number];
    if (this.#sql.hasJob.get(ref.job) === undefined) {
      const around = this.#sql.arraysAround.all(ref.job, ref.job);
      jobs.push(...around.filter((array) => this.#reader.ended(array).job.includes(ref.job)));
    }
    for (const job of jobs) {
      this.#sql.addNumber.run('ref', job);
      const others = this.#refs.get(job) ?? [];
      // An array found by an element's number is meant itself, not its other elements.
      this.#refs.set(job, [...others, job === ref.job ? ref : { ...ref, elements: [] }]);
    }
  }

  #isMeant(id: number, array: number | null, element: number | null): boolean {
    if (this.#refs.has(id)) return true;
    const refs = array === null ? undefined : this.#refs.get(array);
    return refs?.some((ref) => !ref.elements || hasIndex(ref.elements, element ?? -1)) ?? false;
  }
}
