// Job records as they travel between the threads, in both directions: one row of numbers a job in
// one transferable array, and tables for what many jobs share, as copying objects costs much more.
// Both ends are this file; what lies on the disk is writer.ts's and reader.ts's affair. NaN stands
// for an absent number.

import type { EndedElements } from '../model/array-record.ts';
import type { SpecKey } from '../model/ids.ts';
import type { JobRequest } from '../model/job-request.ts';
import type { Allocation } from '../model/node.ts';
import type { EndedAttempt, Outcome } from '../model/outcome.ts';
import type { JobDetails, JobRecord } from '../model/record.ts';
import type { JobStateName } from '../model/selection.ts';
import type { Owner } from '../model/user.ts';

/** Positions in a job's row of numbers; `owner`, `spec` and `node` are positions in the tables. */
export const AT = {
  isNew: 0,
  id: 1,
  array: 2,
  element: 3,
  owner: 4,
  spec: 5,
  submitted: 6,
  state: 7,
  priority: 8,
  eligible: 9,
  started: 10,
  ended: 11,
  attempt: 12,
  node: 13,
  cpus: 14,
  memory: 15,
  tasks: 16,
  outcome: 17,
  exitCode: 18,
  signal: 19,
  userCpu: 20,
  systemCpu: 21,
  maxMemory: 22,
} as const;

/** Numbers a job. */
export const WIDTH = 23;

/** A state's number is its position; the last one is the end. */
export const STATES: readonly JobStateName[] = [
  'pending',
  'starting',
  'running',
  'completing',
  'finished',
];

/** An outcome's number is its position. */
export const OUTCOMES: readonly Outcome['kind'][] = [
  'exited',
  'cancelled',
  'timedOut',
  'outOfMemory',
  'nodeFailed',
  'launchFailed',
  'neverStarted',
];

/** The rare parts of a job that have no columns of their own; kept as JSON. */
export interface Extra {
  readonly details?: JobDetails;
  /** How many earlier attempts `attempt` holds. */
  readonly attempts?: number;
  /** An outcome with more to it than its code and signal. */
  readonly outcome?: Outcome;
  /** An allocation of other than one node. */
  readonly allocation?: Allocation;
}

/** What became of an array's elements. */
export interface ElementColumns {
  /** Position of its array among the jobs. */
  readonly row: number;
  readonly waiting: string;
  readonly active: string;
  readonly ended: EndedElements;
}

/** Records in columns. */
export interface JobColumns {
  readonly count: number;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly owners: readonly Owner[];
  readonly specs: readonly string[];
  readonly nodes: readonly string[];
  /** Absent: no job of these has any, as copying thousands of nulls takes time. */
  readonly requestIds?: readonly (string | null)[];
  /** JSON of Extra; absent in the same way. */
  readonly extras?: readonly (string | null)[];
  readonly attempts: readonly { readonly row: number; readonly ended: readonly EndedAttempt[] }[];
  readonly elements: readonly ElementColumns[];
}

/** Numbers values in the order of their first appearance. */
class Positions<T> {
  readonly values: T[] = [];
  readonly #at = new Map<T, number>();

  of(value: T): number {
    let at = this.#at.get(value);
    if (at === undefined) {
      at = this.values.push(value) - 1;
      this.#at.set(value, at);
    }
    return at;
  }
}

/** Packs the records. They may be changed at once afterwards. */
export function packJobs(jobs: readonly JobRecord[]): JobColumns {
  const numbers = new Float64Array(jobs.length * WIDTH).fill(Number.NaN);
  const owners = new Positions<Owner>();
  const specs = new Positions<string>();
  const nodes = new Positions<string>();
  let requestIds: (string | null)[] | undefined;
  let extras: (string | null)[] | undefined;
  const nulls = () => new Array<string | null>(jobs.length).fill(null);
  const attempts: { row: number; ended: readonly EndedAttempt[] }[] = [];
  const elements: ElementColumns[] = [];
  for (let row = 0; row < jobs.length; row++) {
    const job = jobs[row] as JobRecord;
    const at = row * WIDTH;
    packOrigin(job, numbers, at);
    packProgress(job, numbers, at);
    numbers[at + AT.owner] = owners.of(job.owner);
    numbers[at + AT.spec] = specs.of(job.spec);
    if (job.allocation?.length) {
      numbers[at + AT.node] = nodes.of((job.allocation[0] as Allocation[number]).node);
    }
    if (job.requestId !== undefined) (requestIds ??= nulls())[row] = job.requestId;
    const extra = extraOf(job);
    if (extra !== null) (extras ??= nulls())[row] = extra;
    const earlier = job.details?.earlierAttempts;
    if (earlier?.length) attempts.push({ row, ended: earlier });
    if (job.elements !== undefined) elements.push(packElements(job.elements, row));
  }
  const tables = { owners: owners.values, specs: specs.values, nodes: nodes.values };
  return {
    count: jobs.length,
    numbers,
    ...tables,
    ...(requestIds && { requestIds }),
    ...(extras && { extras }),
    attempts,
    elements,
  };
}

function packOrigin(job: JobRecord, numbers: Float64Array, at: number): void {
  numbers[at + AT.isNew] = job.isNew ? 1 : 0;
  numbers[at + AT.id] = job.id;
  if (job.array !== undefined) numbers[at + AT.array] = job.array;
  if (job.element !== undefined) numbers[at + AT.element] = job.element;
  numbers[at + AT.submitted] = job.submittedAt;
}

function packProgress(job: JobRecord, numbers: Float64Array, at: number): void {
  numbers[at + AT.state] = STATES.indexOf(job.state);
  numbers[at + AT.priority] = job.priority;
  if (job.eligibleAt !== undefined) numbers[at + AT.eligible] = job.eligibleAt;
  if (job.startedAt !== undefined) numbers[at + AT.started] = job.startedAt;
  if (job.endedAt !== undefined) numbers[at + AT.ended] = job.endedAt;
  numbers[at + AT.attempt] = job.attempt;
  if (job.allocation !== undefined) {
    numbers[at + AT.cpus] = sum(job.allocation, 'cpus');
    numbers[at + AT.memory] = sum(job.allocation, 'memoryMib');
    numbers[at + AT.tasks] = sum(job.allocation, 'tasks');
  }
  if (job.outcome !== undefined) {
    numbers[at + AT.outcome] = OUTCOMES.indexOf(job.outcome.kind);
    if ('exitCode' in job.outcome) {
      numbers[at + AT.exitCode] = job.outcome.exitCode;
      numbers[at + AT.signal] = job.outcome.signal;
    }
  }
  if (job.usage !== undefined) {
    numbers[at + AT.userCpu] = job.usage.userCpuMs;
    numbers[at + AT.systemCpu] = job.usage.systemCpuMs;
    numbers[at + AT.maxMemory] = job.usage.maxMemoryKib;
  }
}

function sum(allocation: Allocation, what: 'cpus' | 'memoryMib' | 'tasks'): number {
  let total = 0;
  for (const part of allocation) total += part[what];
  return total;
}

function extraOf(job: JobRecord): string | null {
  const { allocation, outcome, details } = job;
  const hasColumns =
    outcome === undefined ||
    outcome.kind === 'exited' ||
    outcome.kind === 'timedOut' ||
    outcome.kind === 'outOfMemory';
  const isSimple = allocation === undefined || allocation.length === 1;
  if (hasColumns && isSimple && details === undefined) return null;
  const { earlierAttempts, ...rest } = details ?? {};
  return JSON.stringify({
    ...(details && { details: rest }),
    ...(earlierAttempts?.length && { attempts: earlierAttempts.length }),
    ...(!hasColumns && { outcome }),
    ...(!isSimple && { allocation }),
  } satisfies Extra);
}

function packElements(elements: NonNullable<JobRecord['elements']>, row: number): ElementColumns {
  return {
    row,
    waiting: JSON.stringify(elements.waiting.flatMap((run) => [run.first, run.count, run.step])),
    active: JSON.stringify(elements.active),
    ended: elements.ended,
  };
}

/** Unpacks one page. `requestOf` gives the one object of each specification. */
export function unpackJobs(
  columns: JobColumns,
  requestOf: (key: SpecKey) => JobRequest,
): Mutable<JobRecord>[] {
  const requests = columns.specs.map((key) => requestOf(key as SpecKey));
  const attempts = new Map(columns.attempts.map(({ row, ended }) => [row, ended]));
  const jobs: Mutable<JobRecord>[] = [];
  for (let row = 0; row < columns.count; row++) {
    const spec = columns.numbers[row * WIDTH + AT.spec] as number;
    const job = unpackJob(columns, row, requests[spec] as JobRequest);
    const extra = columns.extras?.[row];
    if (extra != null) addExtra(job, JSON.parse(extra) as Extra, attempts.get(row));
    jobs.push(job);
  }
  for (const { row, waiting, active, ended } of columns.elements) {
    (jobs[row] as Mutable<JobRecord>).elements = {
      waiting: unpackRuns(JSON.parse(waiting) as number[]),
      active: JSON.parse(active),
      ended,
    };
  }
  return jobs;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function unpackJob(columns: JobColumns, row: number, request: JobRequest): Mutable<JobRecord> {
  const { numbers, owners, specs, nodes, requestIds } = columns;
  const at = row * WIDTH;
  const job = {
    id: numbers[at + AT.id],
    owner: owners[numbers[at + AT.owner] as number],
    spec: specs[numbers[at + AT.spec] as number],
    request,
    state: STATES[numbers[at + AT.state] as number],
    priority: numbers[at + AT.priority],
    submittedAt: numbers[at + AT.submitted],
    attempt: numbers[at + AT.attempt],
  } as Mutable<JobRecord>;
  const given = (position: number): boolean => !Number.isNaN(numbers[at + position] as number);
  const number = <T extends number>(position: number): T => numbers[at + position] as T;
  if (given(AT.array)) job.array = number(AT.array);
  if (given(AT.element)) job.element = number(AT.element);
  const requestId = requestIds?.[row];
  if (requestId != null) job.requestId = requestId;
  if (given(AT.eligible)) job.eligibleAt = number(AT.eligible);
  if (given(AT.started)) job.startedAt = number(AT.started);
  if (given(AT.ended)) job.endedAt = number(AT.ended);
  if (given(AT.node)) {
    const node = nodes[number(AT.node)] as Allocation[number]['node'];
    const [cpus, memoryMib, tasks] = [number(AT.cpus), number(AT.memory), number(AT.tasks)];
    job.allocation = [{ node, cpus, memoryMib, tasks }];
  }
  if (given(AT.outcome)) {
    job.outcome = {
      kind: OUTCOMES[number(AT.outcome)] as 'exited',
      exitCode: number(AT.exitCode),
      signal: number(AT.signal),
    };
  }
  if (given(AT.userCpu)) {
    const [userCpuMs, systemCpuMs] = [number(AT.userCpu), number(AT.systemCpu)];
    job.usage = { userCpuMs, systemCpuMs, maxMemoryKib: number(AT.maxMemory) };
  }
  return job;
}

function addExtra(
  job: Mutable<JobRecord>,
  extra: Extra,
  earlierAttempts: readonly EndedAttempt[] | undefined,
): void {
  if (extra.details)
    job.details = { ...extra.details, ...(earlierAttempts && { earlierAttempts }) };
  if (extra.outcome) job.outcome = extra.outcome;
  if (extra.allocation) job.allocation = extra.allocation;
}

function unpackRuns(flat: readonly number[]): { first: number; count: number; step: number }[] {
  const runs = [];
  for (let i = 0; i < flat.length; i += 3) {
    const [first, count, step] = flat.slice(i, i + 3) as [number, number, number];
    runs.push({ first, count, step });
  }
  return runs;
}
