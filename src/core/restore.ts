// Makes the state of what the store loaded: no replay, no special paths. Whatever lives is acted on
// again afterwards, as if it had just been decided.

import { assert } from '../base/assert.ts';
import type { Instant } from '../base/brand.ts';
import type { ActiveElement } from '../model/array-record.ts';
import type { WaitsFor } from '../model/event.ts';
import type { JobId } from '../model/ids.ts';
import { indexCount } from '../model/index-set.ts';
import { isSuccess } from '../model/outcome.ts';
import type { JobRecord } from '../model/record.ts';
import { setAlarm, unwatch, watch } from './lifecycle/dependents.ts';
import { setLimit, specOf } from './lifecycle/jobs.ts';
import { takePlace } from './lifecycle/line.ts';
import { takeRoom } from './lifecycle/room.ts';
import type { Elements, Job, JobState, Run, State, Writable } from './state.ts';

/** The moment of the restart, by both clocks. */
export interface RestoreTime {
  readonly now: Instant;
  readonly steadyMs: number;
}

/** Adds the jobs; nodes, queues and counters are there already. */
export function restoreJobs(state: State, records: readonly JobRecord[], at: RestoreTime): void {
  for (const record of records) {
    const job = restoreJob(state, record);
    state.jobs.set(job.id, job);
    if (job.requestId !== undefined) state.requestIds.set(job.requestId, job.id);
  }
  for (const record of records) {
    if (record.array !== undefined) joinArray(state, record.id, record.array);
  }
  const jobs = [...state.jobs.values()];
  for (const record of records) {
    restoreRuns(state, state.jobs.get(record.id) as Job, record, at);
  }
  const inOrder = jobs.filter((job) => job.state.kind === 'pending');
  inOrder.sort((a, b) => (a.eligibleAt ?? 0) - (b.eligibleAt ?? 0) || a.id - b.id);
  for (const job of inOrder) {
    watch(state, job);
    setAlarm(state, job);
    takePlace(state, job);
  }
  const finished = jobs.filter((job) => job.state.kind === 'finished');
  finished.sort((a, b) => endOf(a) - endOf(b));
  state.finished.push(...finished);
  for (const job of finished) unwatch(state, job);
  const roots = jobs.filter((job) => job.array === undefined && job.state.kind !== 'finished');
  state.unfinishedJobs = roots.length;
}

function endOf(job: Job): number {
  return job.state.kind === 'finished' ? job.state.endedAt : 0;
}

function restoreJob(state: State, record: JobRecord): Job {
  const details = record.details ?? {};
  return {
    id: record.id,
    owner: record.owner,
    spec: specOf(state, record.spec, record.request),
    requestId: record.requestId,
    submittedAt: record.submittedAt,
    eligibleAt: record.eligibleAt,
    priority: record.priority,
    array: undefined,
    element: record.element,
    state: stateOfRecord(record),
    waitsFor: waitOf(record),
    heldBy: details.heldBy,
    notBefore: details.notBefore,
    attempt: record.attempt,
    earlierAttempts: details.earlierAttempts ?? [],
    elements: record.elements && elementsOf(record),
    order: 0,
    isStored: true,
    changedIn: 0,
  };
}

/** Active states are completed once the job is there, by restoreRuns. */
function stateOfRecord(record: JobRecord): JobState {
  if (record.state !== 'finished') return { kind: 'pending' };
  assert(
    record.outcome && record.endedAt !== undefined,
    `job ${record.id} finished without an end`,
  );
  return {
    kind: 'finished',
    outcome: record.outcome,
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    allocation: record.allocation,
    usage: record.usage ?? { userCpuMs: 0, systemCpuMs: 0, maxMemoryKib: 0 },
  };
}

function waitOf(record: JobRecord): WaitsFor {
  const { heldBy, waitsFor } = record.details ?? {};
  if (heldBy !== undefined) return 'hold';
  if (waitsFor !== undefined) return waitsFor;
  return record.eligibleAt === undefined ? 'beginTime' : 'nothing';
}

function elementsOf(record: JobRecord): Elements {
  const stored = record.elements;
  const array = record.request.array;
  assert(stored && array, `job ${record.id} has elements without an array`);
  const { waiting, ended } = stored;
  const failed = ended.exitCode.filter(
    (code, at) => code !== 0 || ended.signal[at] !== 0 || ended.outcome[at] !== 0,
  ).length;
  return {
    size: indexCount(array.indices),
    limit: array.limit ?? Number.POSITIVE_INFINITY,
    waiting,
    waitingCount: indexCount(waiting),
    active: new Map(),
    ended,
    storedEnds: ended.index.length,
    succeeded: ended.index.length - failed,
    failed,
    detached: new Map(),
    detachedUnfinished: 0,
    running: 0,
    closed: record.details?.closed,
    closedAt: record.details?.closedAt,
  };
}

function joinArray(state: State, id: JobId, arrayId: JobId): void {
  const job = state.jobs.get(id) as Writable<Job>;
  const array = state.jobs.get(arrayId);
  if (array?.elements === undefined) return;
  job.array = array;
  const elements = array.elements as Writable<Elements> & { detached: Map<number, Job> };
  elements.detached.set(job.element as number, job);
  if (job.state.kind !== 'finished') elements.detachedUnfinished++;
  else if (isSuccess(job.state.outcome)) elements.succeeded++;
  else elements.failed++;
}

const PHASES = new Set(['starting', 'running', 'completing']);

/** Jobs and elements that hold nodes get their runs back. */
function restoreRuns(state: State, job: Job, record: JobRecord, at: RestoreTime): void {
  for (const element of record.elements?.active ?? []) {
    const run = runOfElement(job, element);
    (job.elements as { active: Map<number, Run> } | undefined)?.active.set(element.index, run);
    enterBooks(state, run, at);
  }
  if (!PHASES.has(record.state)) return;
  const run = runOfRecord(job, record);
  (job as Writable<Job>).state = { kind: 'active', run };
  enterBooks(state, run, at);
}

function enterBooks(state: State, run: Run, at: RestoreTime): void {
  state.runs.set(run.id, run);
  const array = run.job.elements === undefined ? run.job.array : run.job;
  if (array?.elements !== undefined) (array.elements as Writable<Elements>).running++;
  if (run.phase !== 'completing') takeRoom(state, run);
  const limit = run.job.spec.request.limits.wallTimeMs;
  if (limit === undefined || run.startedAt === undefined) return;
  setLimit(state, run, at.steadyMs + limit - Math.max(0, at.now - run.startedAt));
}

function runOfElement(job: Job, element: ActiveElement): Run {
  return {
    id: element.job,
    job,
    element: element.index,
    attempt: 1,
    allocation: element.allocation,
    phase: element.state,
    allocatedAt: element.allocatedAt,
    startedAt: element.startedAt,
    endsByMs: Number.POSITIVE_INFINITY,
    ending: undefined,
    owedSignals: [],
    ended: element.ended,
  };
}

function runOfRecord(job: Job, record: JobRecord): Run {
  const { outcome, usage, endedAt, startedAt, state: phase } = record;
  const began = startedAt ?? record.submittedAt;
  return {
    id: job.id,
    job,
    element: job.element,
    attempt: record.attempt,
    allocation: record.allocation ?? [],
    phase: phase as Run['phase'],
    allocatedAt: began,
    startedAt: phase === 'starting' ? undefined : began,
    endsByMs: Number.POSITIVE_INFINITY,
    ending: record.details?.ending,
    owedSignals: record.details?.owedSignals ?? [],
    ended:
      phase === 'completing' && outcome && usage && endedAt !== undefined
        ? { at: endedAt, outcome, usage }
        : undefined,
  };
}
