// The fake Store for simulations: keeps what was committed, survives the "crash" of its engine, and
// gives it back as a disk would: requests read again from their JSON, nothing shared with the writer.
// Faults are hooks; without them a commit is done in the same turn of the microtask queue.

import type { Instant } from '../../src/base/brand.ts';
import type { Commit, HistoryQuery, Loaded, Store } from '../../src/engine/ports.ts';
import type { AccessKey } from '../../src/model/access-key.ts';
import { type ArrayRecord, noEndedElements } from '../../src/model/array-record.ts';
import type { JobId, SpecKey } from '../../src/model/ids.ts';
import { hasIndex } from '../../src/model/index-set.ts';
import type { JobDefinition } from '../../src/model/job-definition.ts';
import type { JobContent, JobRequest } from '../../src/model/job-request.ts';
import type { EventRecord, JobRecord } from '../../src/model/record.ts';
import type { JobRef, JobSelection } from '../../src/model/selection.ts';
import type { Examination } from '../../src/model/view.ts';
import { appendEnded } from '../../src/store/ended-elements.ts';
import { namePattern } from '../../src/store/name-pattern.ts';

/** Where a test steps in. A hook that throws (or rejects) makes the commit fail with that. */
export interface MemoryStoreHooks {
  /** Nothing of the commit is kept yet. */
  readonly beforeCommit?: (commit: Commit) => void | Promise<void>;
  /** It is kept, but not yet acknowledged. */
  readonly afterCommit?: (commit: Commit) => void | Promise<void>;
}

interface Spec {
  readonly request: string;
  readonly content: JobContent;
}

export class MemoryStore implements Store {
  hooks: MemoryStoreHooks;
  /** What `hasRoom` answers. */
  room = true;
  /** All events in the order of their commits. */
  readonly events: EventRecord[] = [];
  readonly #jobs = new Map<JobId, JobRecord>();
  readonly #specs = new Map<SpecKey, Spec>();
  readonly #requestIds = new Map<string, JobId>();
  readonly #definitions = new Map<string, JobDefinition>();
  readonly #keys = new Map<string, AccessKey>();
  readonly #settings = new Map<string, string>();

  constructor(hooks: MemoryStoreHooks = {}) {
    this.hooks = hooks;
  }

  async load(finishedSince: Instant): Promise<Loaded> {
    const isRecent = (job: JobRecord): boolean =>
      job.state !== 'finished' || (job.endedAt ?? 0) >= finishedSince;
    const arrays = new Set<JobId>();
    for (const job of this.#jobs.values()) {
      if (isRecent(job)) arrays.add(job.id).add(job.array ?? job.id);
    }
    const wanted = (job: JobRecord): boolean =>
      isRecent(job) || arrays.has(job.id) || (job.array !== undefined && arrays.has(job.array));
    return {
      jobs: this.#read(wanted),
      requestIds: [...this.#requestIds],
      definitions: [...this.#definitions.values()],
      keys: [...this.#keys.values()],
      settings: Object.fromEntries(this.#settings),
    };
  }

  async commit(commit: Commit): Promise<void> {
    if (this.hooks.beforeCommit !== undefined) await this.hooks.beforeCommit(commit);
    this.#check(commit);
    for (const { key, request, content } of commit.specs) {
      if (!this.#specs.has(key)) this.#specs.set(key, { request, content });
    }
    for (const job of commit.jobs) this.#write(job);
    this.events.push(...commit.events);
    for (const definition of commit.definitions) {
      this.#definitions.set(`${definition.name}:${definition.revision}`, definition);
    }
    for (const key of commit.keys) this.#keys.set(key.accessKeyId, key);
    for (const id of commit.deletedKeys) this.#keys.delete(id);
    for (const [name, value] of Object.entries(commit.settings)) this.#settings.set(name, value);
    if (this.hooks.afterCommit !== undefined) await this.hooks.afterCommit(commit);
  }

  async history(query: HistoryQuery): Promise<readonly JobRecord[]> {
    const isSelected = selects(query.selection);
    const found = this.#read(
      (job) =>
        job.state === 'finished' &&
        job.endedAt !== undefined &&
        job.endedAt >= query.from &&
        job.submittedAt <= query.to &&
        job.id > (query.after ?? 0) &&
        isSelected(job),
    );
    return query.selection.onlyLast ? found.slice(-1) : found.slice(0, query.limit);
  }

  async content(key: SpecKey): Promise<JobContent | undefined> {
    return this.#specs.get(key)?.content;
  }

  async jobOfRequest(requestId: string): Promise<JobId | undefined> {
    return this.#requestIds.get(requestId);
  }

  /** There is no file to copy. */
  async backup(): Promise<void> {}

  async examine(): Promise<Examination> {
    return { problems: [], rows: { job: this.#jobs.size } };
  }

  hasRoom(): boolean {
    return this.room;
  }

  /** What a database would refuse, before anything is kept: a commit is all or nothing. */
  #check(commit: Commit): void {
    const ids = new Set<JobId>();
    const specs = new Set(commit.specs.map((spec) => spec.key));
    for (const job of commit.jobs) {
      const isKnown = this.#jobs.has(job.id) || ids.has(job.id);
      if (isKnown === (job.isNew === true)) throw new Error(`job ${job.id}: new and known differ`);
      ids.add(job.id);
      if (!job.isNew) continue;
      if (!this.#specs.has(job.spec) && !specs.has(job.spec)) {
        throw new Error(`job ${job.id}: unknown specification`);
      }
    }
  }

  /** A known job keeps what it was submitted with. */
  #write(record: JobRecord): void {
    const { isNew: _, elements, ...job } = record;
    const before = this.#jobs.get(job.id);
    const origin = before && {
      ...(before.array !== undefined && { array: before.array }),
      ...(before.element !== undefined && { element: before.element }),
      ...(before.requestId !== undefined && { requestId: before.requestId }),
      owner: before.owner,
      spec: before.spec,
      submittedAt: before.submittedAt,
    };
    const joined = joinElements(before?.elements, elements);
    this.#jobs.set(job.id, { ...job, ...origin, ...(joined && { elements: joined }) });
    const { requestId } = job;
    if (before !== undefined || requestId === undefined) return;
    if (!this.#requestIds.has(requestId)) this.#requestIds.set(requestId, job.id);
  }

  /** Copies of the wanted records by id, with one request object for each specification. */
  #read(wanted: (job: JobRecord) => boolean): JobRecord[] {
    const requests = new Map<SpecKey, JobRequest>();
    const found = [...this.#jobs.values()].filter(wanted).sort((a, b) => a.id - b.id);
    return found.map((job) => {
      let request = requests.get(job.spec);
      if (request === undefined) {
        request = JSON.parse((this.#specs.get(job.spec) as Spec).request) as JobRequest;
        requests.set(job.spec, request);
      }
      const elements = joinElements(undefined, job.elements);
      return { ...job, request, ...(elements && { elements }) };
    });
  }
}

/** All that ended before and now, in arrays of its own. */
function joinElements(
  before: ArrayRecord | undefined,
  now: ArrayRecord | undefined,
): ArrayRecord | undefined {
  if (now === undefined) return before;
  const ended = noEndedElements();
  if (before !== undefined) appendEnded(ended, before.ended);
  appendEnded(ended, now.ended);
  return { waiting: now.waiting, active: now.active, ended };
}

function selects(selection: JobSelection): (job: JobRecord) => boolean {
  const has = (list: readonly string[] | undefined, value: string | undefined): boolean =>
    list === undefined || (value !== undefined && list.includes(value));
  const isNamed =
    selection.namePattern === undefined ? () => true : namePattern(selection.namePattern);
  const { refs, users, nodes, states } = selection;
  return (job) =>
    (refs === undefined || refs.some((ref) => isMeant(ref, job))) &&
    (users === undefined || users.some((user) => isOwner(user, job))) &&
    has(selection.names, job.request.name) &&
    isNamed(job.request.name) &&
    has(selection.queues, job.request.queue) &&
    has(selection.accounts, job.request.account) &&
    (states === undefined || states.includes(job.state)) &&
    (nodes === undefined || nodesOf(job).some((node) => nodes.includes(node)));
}

function isOwner(user: string, job: JobRecord): boolean {
  return /^\d+$/.test(user) ? Number(user) === job.owner.uid : user === job.owner.user;
}

/** The job itself, an element of the named array, or the array in which the named element ended. */
function isMeant(ref: JobRef, job: JobRecord): boolean {
  if (ref.job === job.id || job.elements?.ended.job.includes(ref.job)) return true;
  if (ref.job !== job.array) return false;
  return ref.elements === undefined || hasIndex(ref.elements, job.element ?? -1);
}

function nodesOf(job: JobRecord): string[] {
  const own = job.allocation?.map((part) => part.node as string) ?? [];
  return [...own, ...(job.elements?.ended.nodes ?? [])];
}
