// What events do to jobs and their runs.

import type { Instant } from '../../base/brand.ts';
import { assert } from '../../base/assert.ts';
import type { Event, WaitsFor } from '../../model/event.ts';
import type { JobId, SpecKey } from '../../model/ids.ts';
import { indexRange } from '../../model/index-set.ts';
import type { JobRequest } from '../../model/job-request.ts';
import type { Outcome } from '../../model/outcome.ts';
import { phaseOf, stateOf } from '../admission/select.ts';
import { classKey, JobClass } from '../scheduling/job-class.ts';
import type { Job, Run, Spec, State, Writable } from '../state.ts';
import {
  detachRun,
  detachWaiting,
  endElement,
  finish,
  newElements,
  settleArray,
} from './elements.ts';
import { alarmDelayed, setAlarm, unwatch, watch } from './dependents.ts';
import { changed, countRunning, takePlace } from './line.ts';
import { giveRoomBack, takeRoom } from './room.ts';
import { jobAfter } from './transitions.ts';

const NO_ATTEMPTS: readonly never[] = [];
const PENDING = { kind: 'pending' } as const;
/** Alarms that nobody needs any more, before they are swept. */
const STALE_ALARMS = 1024;

/** A new job enters the books and, when it waits for nothing else, the line. */
export function submit(state: State, event: Event & { kind: 'jobSubmitted' }): void {
  const spec = specOf(state, event.spec, event.request);
  const job: Job = {
    id: event.job,
    owner: event.owner,
    spec,
    requestId: event.requestId,
    submittedAt: event.at,
    eligibleAt: event.waitsFor === 'nothing' ? event.at : undefined,
    priority: event.priority,
    array: undefined,
    element: undefined,
    state: PENDING,
    waitsFor: event.waitsFor,
    heldBy: event.request.held,
    notBefore: event.request.beginAt,
    attempt: 0,
    earlierAttempts: NO_ATTEMPTS,
    elements: event.request.array && newElements(event.request.array),
    order: 0,
    isStored: false,
    changedIn: 0,
  };
  state.jobs.set(job.id, job);
  state.unfinishedJobs++;
  state.nextJobId = Math.max(state.nextJobId, job.id + 1);
  if (job.requestId !== undefined) state.requestIds.set(job.requestId, job.id);
  watch(state, job);
  setAlarm(state, job);
  takePlace(state, job);
  changed(state, job);
}

/** The shared specification, made on first sight. */
export function specOf(state: State, key: SpecKey, request: JobRequest): Spec {
  let spec = state.specs.get(key);
  if (spec === undefined) {
    spec = { key, request, jobClass: classOf(state, request), users: 0 };
    state.specs.set(key, spec);
  }
  (spec as Writable<Spec>).users++;
  return spec;
}

function classOf(state: State, request: JobRequest): JobClass {
  const key = classKey(request);
  let jobClass = state.classes.get(key);
  if (jobClass === undefined) {
    jobClass = new JobClass(key, request);
    state.classes.set(key, jobClass);
  }
  jobClass.specs++;
  return jobClass;
}

/** The job waits for something else than before: it is filed anew under whatever that is. */
export function setWaitsFor(
  state: State,
  job: Job,
  waitsFor: WaitsFor,
  at: Instant | undefined,
): void {
  const open = job as Writable<Job>;
  open.waitsFor = waitsFor;
  if (waitsFor === 'nothing' && at !== undefined) open.eligibleAt = at;
  unwatch(state, job);
  watch(state, job);
  setAlarm(state, job);
  takePlace(state, job);
  changed(state, job);
}

/** Keeps a job out of the line. */
export function hold(state: State, job: Job, by: 'user' | 'administrator'): void {
  (job as Writable<Job>).heldBy = by;
  setWaitsFor(state, job, 'hold', undefined);
}

/** Ends a hold; `waitsFor` is what else there is to wait for. */
export function release(state: State, job: Job, waitsFor: WaitsFor, at: Instant): void {
  (job as Writable<Job>).heldBy = undefined;
  setWaitsFor(state, job, waitsFor, at);
}

/** An element, waiting or running, becomes a job of its own. */
export function detach(state: State, event: Event & { kind: 'elementDetached' }): void {
  const run = state.runs.get(event.job);
  if (run !== undefined) detachRun(state, run);
  else {
    const { array, element, job } = event;
    detachWaiting(state, jobOf(state, array), indexRange(element, element), job);
  }
}

/** A job gets its nodes: an attempt begins. */
export function allocate(state: State, event: Event & { kind: 'jobAllocated' }): void {
  const job = jobOf(state, event.job) as Writable<Job>;
  jobAfter(stateOf(job), event.kind);
  job.attempt++;
  const run: Run = {
    id: job.id,
    job,
    element: job.element,
    attempt: job.attempt,
    allocation: event.allocation,
    phase: 'starting',
    allocatedAt: event.at,
    startedAt: undefined,
    endsByMs: Number.POSITIVE_INFINITY,
    ending: undefined,
    owedSignals: NO_ATTEMPTS,
    ended: undefined,
  };
  job.state = { kind: 'active', run };
  state.runs.set(job.id, run);
  takeRoom(state, run);
  takePlace(state, job);
  if (job.array !== undefined) countRunning(state, job.array, 1);
  changed(state, job);
  state.changedRuns.push(run);
}

/** The processes of an attempt run; from now on its time counts. */
export function start(state: State, event: Event & { kind: 'attemptStarted' }): void {
  const run = runOf(state, event.job) as Writable<Run>;
  jobAfter(phaseOf(run), event.kind);
  run.phase = 'running';
  run.startedAt = event.at;
  const limit = run.job.spec.request.limits.wallTimeMs;
  if (limit !== undefined) setLimit(state, run, event.steadyMs + limit);
  alarmDelayed(state, run);
  changed(state, run.job);
}

/** Arms the alarms of the wall time limit. */
export function setLimit(state: State, run: Run, endsByMs: number): void {
  (run as Writable<Run>).endsByMs = endsByMs;
  dropStaleAlarms(state);
  state.steadyAlarms.push({ at: endsByMs, kind: 'limit', run });
  const warning = run.job.spec.request.warningSignal;
  if (warning !== undefined) {
    state.steadyAlarms.push({ at: endsByMs - warning.beforeMs, kind: 'warning', run });
  }
}

/** Ended attempts leave their alarms behind, days before they are due; a run has two at most. */
function dropStaleAlarms({ steadyAlarms, runs }: State): void {
  if (steadyAlarms.size < STALE_ALARMS + 4 * runs.size) return;
  steadyAlarms.retain((alarm) => 'run' in alarm && runs.get(alarm.run.id) === alarm.run);
}

/** An element that is ended or signalled is addressed alone: its wish must survive a restart. */
function runAlone(state: State, id: JobId): Writable<Run> {
  const run = runOf(state, id);
  if (run.job.elements !== undefined) detachRun(state, run);
  return run;
}

/** Somebody wants the attempt ended, or its time is over. */
export function requestEnd(state: State, event: Event & { kind: 'attemptEnding' }): void {
  const run = runAlone(state, event.job);
  run.ending = { ending: event.ending, plan: event.plan };
  changed(state, run.job);
  state.changedRuns.push(run);
}

/** A signal is owed to the attempt until it was handed to its node. */
export function owe(state: State, event: Event & { kind: 'attemptSignalled' }): void {
  const run = runAlone(state, event.job);
  run.owedSignals = [...run.owedSignals, { signal: event.signal, scope: event.scope }];
  changed(state, run.job);
  state.changedRuns.push(run);
}

/** Everything that was owed was handed over. */
export function settleSignals(state: State, id: JobId): void {
  const run = runOf(state, id) as Writable<Run>;
  run.owedSignals = NO_ATTEMPTS;
  changed(state, run.job);
}

/** The processes of an attempt are gone and its room is free. */
export function complete(state: State, event: Event & { kind: 'attemptCompleting' }): void {
  const run = runOf(state, event.job) as Writable<Run>;
  jobAfter(phaseOf(run), event.kind);
  run.phase = 'completing';
  run.startedAt = event.startedAt;
  run.ended = { at: event.at, outcome: event.outcome, usage: event.usage };
  giveRoomBack(state, run, event.at);
  changed(state, run.job);
  state.changedRuns.push(run);
}

/** A job, an element or the waiting rest of an array ends for good. */
export function end(state: State, event: Event & { kind: 'jobFinished' }): void {
  const run = state.runs.get(event.job);
  if (run === undefined) {
    const job = jobOf(state, event.job);
    jobAfter(stateOf(job), event.kind);
    if (job.elements === undefined) finish(state, job, { ...event, allocation: undefined });
    else closeArray(state, job, event.outcome, event.at);
    return;
  }
  jobAfter(phaseOf(run), event.kind);
  leaveBooks(state, run, event.at);
  if (run.job.elements !== undefined) endElement(state, run, event);
  else {
    finish(state, run.job, { ...event, allocation: run.allocation });
    if (run.job.array !== undefined) countRunning(state, run.job.array, -1);
  }
}

/** No further element of the array starts; the array ends with the last that runs. */
export function closeArray(state: State, array: Job, outcome: Outcome, at: Instant): void {
  const elements = array.elements as Writable<NonNullable<Job['elements']>>;
  elements.closed = outcome;
  elements.closedAt = at;
  takePlace(state, array);
  settleArray(state, array, at);
}

/** The attempt is history and the job waits again; an element becomes a job of its own. */
export function requeue(state: State, event: Event & { kind: 'jobRequeued' }): void {
  const run = runOf(state, event.job);
  jobAfter(phaseOf(run), event.kind);
  const job = (run.job.elements === undefined ? run.job : detachRun(state, run)) as Writable<Job>;
  leaveBooks(state, run, event.at);
  job.earlierAttempts = [
    ...job.earlierAttempts,
    {
      attempt: run.attempt,
      startedAt: event.startedAt,
      endedAt: event.at,
      nodes: run.allocation.map((part) => part.node),
      outcome: event.outcome,
      usage: event.usage,
    },
  ];
  job.state = PENDING;
  job.notBefore = event.notBefore;
  // An element of an array that was held while it ran waits with its array.
  const then = event.notBefore === undefined ? 'nothing' : 'beginTime';
  setWaitsFor(state, job, job.heldBy === undefined ? then : 'hold', event.at);
  if (job.array !== undefined) countRunning(state, job.array, -1);
}

function leaveBooks(state: State, run: Run, at: Instant): void {
  state.runs.delete(run.id);
  if (run.phase !== 'completing') giveRoomBack(state, run, at);
  (run as Writable<Run>).phase = 'gone';
  state.changedRuns.push(run);
}

/** The job that an event of ours names; throws when there is none. */
export function jobOf(state: State, id: JobId): Job {
  const job = state.jobs.get(id);
  assert(job !== undefined, `event of an unknown job ${id}`);
  return job;
}

/** The attempt that an event of ours names; throws when there is none. */
function runOf(state: State, id: JobId): Run {
  const run = state.runs.get(id);
  assert(run !== undefined, `event of an unknown run ${id}`);
  return run;
}
