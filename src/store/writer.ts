// Turns a commit message into one transaction. The only code that changes rows. Synchronous; runs
// in the writer thread. After a commit that failed nothing of it is left, here or on the disk.

import { assert } from '../base/assert.ts';
import type { AccessKey } from '../model/access-key.ts';
import type { Owner } from '../model/user.ts';
import { ArrayRows } from './array-rows.ts';
import { BulkInsert } from './bulk-insert.ts';
import type { CommitMessage, EventColumns } from './commit-message.ts';
import type { Connection } from './database.ts';
import { AT, type JobColumns, WIDTH } from './job-columns.ts';
import { SpecRows } from './spec-rows.ts';
import { toSql } from './text.ts';

const EVENT_SEQ = 'store.eventSeq';

/** What a job has that did not end yet: often it got its node in the same batch. */
const NEW_JOB = `job (id, spec, owner, array, element, request_id, submitted_ms, state, priority,
  eligible_ms, attempt, started_ms, node, cpus, memory_mib, tasks)`;
const NEW_JOB_WIDTH = 16;

function statements(db: Connection) {
  return {
    insertOwner: db.prepare(
      'INSERT INTO owner (uid, gid, user, group_name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    findOwner: db
      .prepare('SELECT id FROM owner WHERE uid = ? AND gid = ? AND user = ? AND group_name = ?')
      .pluck(),
    updateJob: db.prepare(`UPDATE job SET state = ?, priority = ?, eligible_ms = ?, started_ms = ?,
      ended_ms = ?, attempt = ?, node = ?, cpus = ?, memory_mib = ?, tasks = ?, outcome = ?,
      exit_code = ?, signal = ?, user_cpu_ms = ?, system_cpu_ms = ?, max_memory_kib = ?, extra = ?
      WHERE id = ?`),
    insertAttempt: db.prepare(
      'INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    insertEventKind: db.prepare('INSERT INTO event_kind (name) VALUES (?) ON CONFLICT DO NOTHING'),
    findEventKind: db.prepare('SELECT id FROM event_kind WHERE name = ?').pluck(),
    findRequest: db.prepare('SELECT id FROM job WHERE request_id = ?').pluck(),
    putDefinition: db.prepare('INSERT OR REPLACE INTO definition VALUES (?, ?, ?, ?, ?)'),
    putKey: db.prepare('INSERT OR REPLACE INTO access_key VALUES (?, ?, ?, ?)'),
    deleteKey: db.prepare('DELETE FROM access_key WHERE id = ?'),
    putSetting: db.prepare('INSERT OR REPLACE INTO setting VALUES (?, ?)'),
    findSetting: db.prepare('SELECT value FROM setting WHERE name = ?').pluck(),
  };
}

/** Rows and words that a job's row refers to. */
interface JobReferences {
  readonly spec: number | undefined;
  readonly owner: number | undefined;
  readonly node: string | Buffer | undefined;
}

/** The hand that writes; one for a database. */
export class Writer {
  readonly #sql: ReturnType<typeof statements>;
  readonly #specs: SpecRows;
  readonly #arrays: ArrayRows;
  readonly #newJobs: BulkInsert;
  readonly #newEvents: BulkInsert;
  readonly #transaction: (message: CommitMessage) => void;
  readonly #owners = new Map<string, number>();
  readonly #eventKinds = new Map<string, number>();
  #eventSeq: number;

  constructor(db: Connection) {
    this.#sql = statements(db);
    this.#specs = new SpecRows(db);
    this.#arrays = new ArrayRows(db);
    this.#newJobs = new BulkInsert(db, NEW_JOB, NEW_JOB_WIDTH);
    this.#newEvents = new BulkInsert(db, 'event', 5);
    this.#eventSeq = Number(this.#sql.findSetting.get(EVENT_SEQ) ?? 0);
    const transaction = db.transaction((message: CommitMessage) => this.#write(message));
    this.#transaction = (message) => transaction.immediate(message);
  }

  /** Writes it all, durably, or throws and leaves everything as it was. */
  commit(message: CommitMessage): void {
    try {
      this.#transaction(message);
    } catch (error) {
      this.#startOver();
      if (!isTakenRequest(error)) throw error;
      // Checked only now: a repeat that memory does not remember is rare, an index look-up is not
      // free.
      this.#dropTakenRequests(message.jobs);
      this.#transaction(message);
    }
  }

  /** What was prepared for a transaction that was rolled back is not in the database. */
  #startOver(): void {
    this.#newJobs.clear();
    this.#newEvents.clear();
    this.#specs.forget();
    this.#owners.clear();
    this.#eventKinds.clear();
  }

  /** A request id stays with the job that had it first. */
  #dropTakenRequests(jobs: JobColumns): void {
    const ids = jobs.requestIds as (string | null | undefined)[] | undefined;
    if (ids === undefined) return;
    for (let row = 0; row < jobs.count; row++) {
      const id = ids[row];
      if (id != null && this.#sql.findRequest.get(toSql(id)) !== undefined) ids[row] = null;
    }
  }

  #write(message: CommitMessage): void {
    this.#specs.insert(message.specs);
    this.#writeJobs(message.jobs);
    this.#writeEvents(message.events);
    for (const { name, revision, active, uid, properties } of message.definitions) {
      const json = JSON.stringify(properties);
      this.#sql.putDefinition.run(toSql(name), revision, active ? 1 : 0, uid, json);
    }
    for (const key of message.keys) this.#writeKey(key);
    for (const id of message.deletedKeys) this.#sql.deleteKey.run(toSql(id));
    for (const [name, value] of message.settings) {
      this.#sql.putSetting.run(toSql(name), toSql(value));
    }
  }

  #writeJobs(jobs: JobColumns): void {
    const { numbers } = jobs;
    const owners = jobs.owners.map((owner) => this.#ownerRow(owner));
    const specs = jobs.specs.map((key) => this.#specs.rowOf(key));
    const nodes = jobs.nodes.map(toSql);
    for (let row = 0; row < jobs.count; row++) {
      const at = row * WIDTH;
      if (numbers[at + AT.isNew] !== 1) continue;
      this.#insertJob(jobs, row, {
        spec: specs[numbers[at + AT.spec] as number],
        owner: owners[numbers[at + AT.owner] as number],
        node: nodes[numbers[at + AT.node] as number],
      });
    }
    this.#newJobs.flush();
    for (let row = 0; row < jobs.count; row++) {
      const isNew = numbers[row * WIDTH + AT.isNew] === 1;
      if (!isNew || !isToldByInsert(jobs, row)) this.#updateJob(jobs, row, nodes);
    }
    this.#writeParts(jobs);
  }

  /** What lies in tables of its own. */
  #writeParts(jobs: JobColumns): void {
    const { numbers } = jobs;
    for (const { row, ended } of jobs.attempts) {
      const job = numbers[row * WIDTH + AT.id] as number;
      for (const { attempt, startedAt, endedAt, nodes: names, outcome, usage } of ended) {
        const used = [usage.userCpuMs, usage.systemCpuMs, usage.maxMemoryKib];
        const json = [JSON.stringify(names), JSON.stringify(outcome)];
        this.#sql.insertAttempt.run(job, attempt, startedAt ?? null, endedAt, ...json, ...used);
      }
    }
    for (const elements of jobs.elements) {
      this.#arrays.write(numbers[elements.row * WIDTH + AT.id] as number, elements);
    }
  }

  #insertJob(jobs: JobColumns, row: number, { spec, owner, node }: JobReferences): void {
    const at = row * WIDTH;
    const n = jobs.numbers;
    const requestId = jobs.requestIds?.[row];
    this.#newJobs.add(
      n[at + AT.id],
      spec,
      owner,
      orNull(n[at + AT.array]),
      orNull(n[at + AT.element]),
      requestId == null ? null : toSql(requestId),
      n[at + AT.submitted],
      n[at + AT.state],
      n[at + AT.priority],
      orNull(n[at + AT.eligible]),
      n[at + AT.attempt],
      orNull(n[at + AT.started]),
      node ?? null,
      orNull(n[at + AT.cpus]),
      orNull(n[at + AT.memory]),
      orNull(n[at + AT.tasks]),
    );
  }

  #updateJob(jobs: JobColumns, row: number, nodes: readonly (string | Buffer)[]): void {
    const at = row * WIDTH;
    const n = jobs.numbers;
    const node = n[at + AT.node] as number;
    const { changes } = this.#sql.updateJob.run(
      n[at + AT.state],
      n[at + AT.priority],
      orNull(n[at + AT.eligible]),
      orNull(n[at + AT.started]),
      orNull(n[at + AT.ended]),
      n[at + AT.attempt],
      Number.isNaN(node) ? null : nodes[node],
      orNull(n[at + AT.cpus]),
      orNull(n[at + AT.memory]),
      orNull(n[at + AT.tasks]),
      orNull(n[at + AT.outcome]),
      orNull(n[at + AT.exitCode]),
      orNull(n[at + AT.signal]),
      orNull(n[at + AT.userCpu]),
      orNull(n[at + AT.systemCpu]),
      orNull(n[at + AT.maxMemory]),
      jobs.extras?.[row] ?? null,
      n[at + AT.id],
    );
    assert(changes === 1, `job ${n[at + AT.id]} is updated, so it was inserted before`);
  }

  #writeEvents({ count, numbers, kinds, data }: EventColumns): void {
    if (count === 0) return;
    const rows = kinds.map((kind) => this.#eventKindRow(kind));
    for (let i = 0; i < count; i++) {
      const words = data?.[i];
      this.#newEvents.add(
        numbers[i * 3],
        ++this.#eventSeq,
        numbers[i * 3 + 1],
        rows[numbers[i * 3 + 2] as number],
        words == null ? null : toSql(words),
      );
    }
    this.#newEvents.flush();
    this.#sql.putSetting.run(EVENT_SEQ, String(this.#eventSeq));
  }

  #writeKey({ accessKeyId, secretAccessKey, owner, createdAt }: AccessKey): void {
    const [id, secret] = [toSql(accessKeyId), toSql(secretAccessKey)];
    this.#sql.putKey.run(id, secret, this.#ownerRow(owner), createdAt);
  }

  #ownerRow({ uid, gid, user, group }: Owner): number {
    const name = `${uid}:${gid}:${user}:${group}`;
    let row = this.#owners.get(name);
    if (row === undefined) {
      const values = [uid, gid, toSql(user), toSql(group)];
      this.#sql.insertOwner.run(...values);
      row = this.#sql.findOwner.get(...values) as number;
      this.#owners.set(name, row);
    }
    return row;
  }

  #eventKindRow(kind: string): number {
    let row = this.#eventKinds.get(kind);
    if (row === undefined) {
      this.#sql.insertEventKind.run(toSql(kind));
      row = this.#sql.findEventKind.get(toSql(kind)) as number;
      this.#eventKinds.set(kind, row);
    }
    return row;
  }
}

function isTakenRequest(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === 'SQLITE_CONSTRAINT_UNIQUE' && message?.includes('request_id') === true;
}

function orNull(number: number | undefined): number | null {
  return number === undefined || Number.isNaN(number) ? null : number;
}

/** Whether the columns of the insert say everything. */
function isToldByInsert({ numbers, extras }: JobColumns, row: number): boolean {
  if (extras?.[row] != null) return false;
  const at = row * WIDTH;
  const later = [AT.ended, AT.outcome, AT.userCpu];
  return later.every((position) => Number.isNaN(numbers[at + position]));
}
