// What happens to the elements of an array. An element is compact until it is addressed alone, ends
// in a way that columns cannot hold, or is requeued; then it becomes a job of its own.

import { noEndedElements, OUTCOME_KINDS } from '../../model/array-record.ts';
import type { Instant } from '../../base/brand.ts';
import type { Event } from '../../model/event.ts';
import { type JobId, jobId } from '../../model/ids.ts';
import {
  dropLowest,
  type IndexSet,
  indexCount,
  indicesOf,
  withoutIndices,
} from '../../model/index-set.ts';
import type { ArrayRequest } from '../../model/job-request.ts';
import { isSuccess, type Outcome, type Usage } from '../../model/outcome.ts';
import type { Elements, Job, Run, State, Writable } from '../state.ts';
import { setAlarm, unwatch, watch } from './dependents.ts';
import { changed, countRunning, takePlace, takePlaces } from './line.ts';
import { takeRoom } from './room.ts';

type OpenElements = Writable<Elements> & {
  active: Map<number, Run>;
  detached: Map<number, Job>;
};

/** The elements of a new array: all wait. */
export function newElements(array: ArrayRequest): Elements {
  const size = indexCount(array.indices);
  return {
    size,
    limit: array.limit ?? Number.POSITIVE_INFINITY,
    waiting: array.indices,
    waitingCount: size,
    active: new Map(),
    ended: noEndedElements(),
    storedEnds: 0,
    succeeded: 0,
    failed: 0,
    detached: new Map(),
    detachedUnfinished: 0,
    running: 0,
    closed: undefined,
    closedAt: undefined,
  };
}

/** The lowest waiting elements start to run, one share of a node each. */
export function allocateElements(
  state: State,
  array: Job,
  event: Event & { kind: 'elementsAllocated' },
): void {
  const elements = open(array);
  const count = indexCount(event.elements);
  const grant = { at: event.at, allocation: [event.share] };
  let own: number = event.firstJob;
  for (const index of indicesOf(event.elements)) {
    const id = jobId(own++);
    const run = startRun(array, index, id, grant);
    elements.active.set(index, run);
    state.runs.set(id, run);
    takeRoom(state, run);
    state.changedRuns.push(run);
  }
  state.nextJobId = Math.max(state.nextJobId, own);
  elements.waiting = dropLowest(elements.waiting, count);
  elements.waitingCount -= count;
  elements.running += count;
  takePlaces(state, array);
  changed(state, array);
}

function startRun(
  array: Job,
  element: number,
  id: JobId,
  { at, allocation }: { at: Instant; allocation: Run['allocation'] },
): Run {
  return {
    id,
    job: array,
    element,
    attempt: 1,
    allocation,
    phase: 'starting',
    allocatedAt: at,
    startedAt: undefined,
    endsByMs: Number.POSITIVE_INFINITY,
    ending: undefined,
    owedSignals: [],
    ended: undefined,
  };
}

/** A compact element ended. Its run has left the books. */
export function endElement(
  state: State,
  run: Run,
  end: { at: Instant; startedAt: Instant | undefined; outcome: Outcome; usage: Usage },
): void {
  const array = run.job;
  const elements = open(array);
  const kind = OUTCOME_KINDS.indexOf(end.outcome.kind as (typeof OUTCOME_KINDS)[number]);
  if (kind < 0 || !('exitCode' in end.outcome)) {
    finish(state, detachRun(state, run), { ...end, allocation: run.allocation });
    countRunning(state, array, -1);
    return;
  }
  elements.active.delete(run.element as number);
  elements.running--;
  const columns = elements.ended;
  const node = run.allocation[0]?.node ?? '';
  let nodeAt = columns.nodes.lastIndexOf(node);
  if (nodeAt < 0) nodeAt = columns.nodes.push(node) - 1;
  columns.index.push(run.element as number);
  columns.job.push(run.id);
  columns.startedAt.push(end.startedAt ?? run.allocatedAt);
  columns.endedAt.push(end.at);
  columns.exitCode.push(end.outcome.exitCode);
  columns.signal.push(end.outcome.signal);
  columns.outcome.push(kind);
  columns.userCpuMs.push(end.usage.userCpuMs);
  columns.systemCpuMs.push(end.usage.systemCpuMs);
  columns.maxMemoryKib.push(end.usage.maxMemoryKib);
  columns.node.push(nodeAt);
  count(elements, end.outcome);
  settleArray(state, array, end.at);
}

/** Waiting elements become jobs of their own; their numbers ascend from `firstJob`. */
export function detachWaiting(state: State, array: Job, set: IndexSet, firstJob: JobId): void {
  const elements = open(array);
  elements.waiting = withoutIndices(elements.waiting, set);
  elements.waitingCount = indexCount(elements.waiting);
  let own: number = firstJob;
  for (const index of indicesOf(set)) {
    const job = detachedJob(array, index, jobId(own++), 0);
    adopt(state, array, job);
    // It waits for what its array waits for.
    watch(state, job);
    setAlarm(state, job);
    takePlace(state, job);
  }
  takePlace(state, array);
}

/** A running element becomes a job of its own, under the number that it has. */
export function detachRun(state: State, run: Run): Job {
  const array = run.job;
  open(array).active.delete(run.element as number);
  const job = detachedJob(array, run.element as number, run.id, run.attempt);
  (run as Writable<Run>).job = job;
  (job as Writable<Job>).state = { kind: 'active', run };
  adopt(state, array, job);
  return job;
}

function detachedJob(array: Job, element: number, id: JobId, attempt: number): Job {
  return {
    ...array,
    id,
    requestId: undefined,
    array,
    element,
    state: { kind: 'pending' },
    attempt,
    elements: undefined,
    order: 0,
    isStored: false,
    changedIn: 0,
  };
}

function adopt(state: State, array: Job, job: Job): void {
  const elements = open(array);
  elements.detached.set(job.element as number, job);
  elements.detachedUnfinished++;
  state.jobs.set(job.id, job);
  (job.spec as Writable<typeof job.spec>).users++;
  state.nextJobId = Math.max(state.nextJobId, job.id + 1);
  changed(state, array);
  changed(state, job);
}

/** A job has ended for good; an element's array may have ended with it. */
export function finish(
  state: State,
  job: Job,
  end: {
    at: Instant;
    startedAt: Instant | undefined;
    outcome: Outcome;
    usage: Usage;
    allocation: Run['allocation'] | undefined;
  },
): void {
  (job as Writable<Job>).state = {
    kind: 'finished',
    outcome: end.outcome,
    startedAt: end.startedAt,
    endedAt: end.at,
    allocation: end.allocation,
    usage: end.usage,
  };
  state.finished.push(job);
  unwatch(state, job);
  takePlace(state, job);
  changed(state, job);
  if (job.array === undefined) {
    state.unfinishedJobs--;
    return;
  }
  const elements = open(job.array);
  elements.detachedUnfinished--;
  count(elements, end.outcome);
  settleArray(state, job.array, end.at);
}

/** Closes the array when none of its elements can still run, else lets the next one into line. */
export function settleArray(state: State, array: Job, at: Instant): void {
  const elements = open(array);
  changed(state, array);
  const over =
    array.state.kind === 'pending' &&
    (elements.waitingCount === 0 || elements.closed !== undefined) &&
    elements.active.size === 0 &&
    elements.detachedUnfinished === 0;
  if (!over) {
    takePlaces(state, array);
    return;
  }
  const outcome: Outcome = elements.closed ?? {
    kind: 'exited',
    exitCode: elements.failed > 0 ? 1 : 0,
    signal: 0,
  };
  const usage = { userCpuMs: 0, systemCpuMs: 0, maxMemoryKib: 0 };
  const startedAt = elements.ended.startedAt[0] as Instant | undefined;
  finish(state, array, { at, startedAt, outcome, usage, allocation: undefined });
}

function count(elements: OpenElements, outcome: Outcome): void {
  if (isSuccess(outcome)) elements.succeeded++;
  else elements.failed++;
}

function open(array: Job): OpenElements {
  return array.elements as OpenElements;
}
