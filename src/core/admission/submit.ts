// May this be asked, and by whom? A granted submission becomes one event; a refused one changes
// nothing.

import type { CommandResult, Submission } from '../../model/command.ts';
import { type Dependency, jobsNamed } from '../../model/dependency.ts';
import { JOB_ID_MAX, jobId, type SpecKey } from '../../model/ids.ts';
import { indexCount } from '../../model/index-set.ts';
import type { JobRequest } from '../../model/job-request.ts';
import type { Queue } from '../../model/queue.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { Identity } from '../../model/user.ts';
import type { Context } from '../context.ts';
import { firstWait } from '../dependency/first-wait.ts';
import { neverMet, settle } from '../dependency/settle.ts';
import { priorityOf } from '../priority/order.ts';
import type { Job, StateView } from '../state.ts';
import { refuseTexts } from './texts.ts';

/** A submission with the key of its specification. */
export interface KeyedSubmission {
  readonly submission: Submission;
  readonly key: SpecKey;
}

/** Grants or refuses one submission. */
export function submitJob(
  state: StateView,
  { submission, key }: KeyedSubmission,
  by: Identity,
  at: Context,
): CommandResult {
  const { request, content, requestId } = submission;
  const scoped = requestId === undefined ? undefined : `${by.uid}:${requestId}`;
  const known = scoped === undefined ? undefined : state.requestIds.get(scoped);
  if (known !== undefined) {
    return { kind: 'submitted', job: known, queue: request.queue, repeated: true };
  }
  const isNew = !state.specs.has(key);
  const refusal =
    refuse(state, submission, by, at) ?? (isNew ? refuseTexts(request, content) : undefined);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  if (request.dependency !== undefined) detachNamed(state, request.dependency, at);
  const job = jobId(state.nextJobId);
  const waitsFor = firstWait(
    state,
    { id: job, uid: by.uid, name: request.name },
    { request, held: request.held !== undefined, notBefore: request.beginAt },
    at.now,
  );
  at.emit({
    kind: 'jobSubmitted',
    job,
    at: at.now,
    owner: by,
    spec: key,
    request,
    content: isNew ? content : undefined,
    requestId: scoped,
    priority: priorityOf(request, by),
    waitsFor,
  });
  if (request.dependency !== undefined) settleNew(state, state.jobs.get(job) as Job, at);
  return { kind: 'submitted', job, queue: request.queue, repeated: false };
}

function refuse(
  state: StateView,
  { request, content }: Submission,
  by: Identity,
  { policy }: Context,
): Refusal | undefined {
  if (by.uid === 0 && policy.minimumUid > 0) return { code: 'userNotAllowed', why: 'root' };
  if (by.uid < policy.minimumUid) return { code: 'userNotAllowed', why: 'uidTooLow' };
  const queue = state.queues.get(request.queue);
  if (queue === undefined) return { code: 'noSuchQueue', queue: request.queue };
  if (!queue.open) return { code: 'queueClosed', queue: request.queue };
  if (content.script.length > policy.maxScriptBytes) {
    return { code: 'tooLarge', what: 'script', maximumBytes: policy.maxScriptBytes };
  }
  if (content.environment.length > policy.maxEnvironmentBytes) {
    return { code: 'tooLarge', what: 'environment', maximumBytes: policy.maxEnvironmentBytes };
  }
  if (state.unfinishedJobs >= policy.maxJobs)
    return { code: 'tooManyJobs', maximum: policy.maxJobs };
  if (state.nextJobId > JOB_ID_MAX) return { code: 'jobIdsExhausted' };
  return (
    refuseShape(request, queue, policy.maxArraySize) ??
    (request.dependency && refuseDependency(state, request.dependency))
  );
}

/** What left memory is known if the engine asked the store for it (`remembered`). */
function refuseDependency(state: StateView, dependency: Dependency): Refusal | undefined {
  for (const job of jobsNamed(dependency)) {
    const isKnown = state.jobs.has(job) || state.runs.has(job) || state.remembered.has(job);
    if (!isKnown) return { code: 'noSuchDependency', job };
  }
  return undefined;
}

/** A running element that is waited for by its own number gets a record that can be asked. */
function detachNamed(state: StateView, dependency: Dependency, at: Context): void {
  for (const id of jobsNamed(dependency)) {
    const run = state.jobs.has(id) ? undefined : state.runs.get(id);
    if (run?.element === undefined) continue;
    const { job: array, element } = run;
    at.emit({ kind: 'elementDetached', array: array.id, element, job: id, at: at.now });
  }
}

function refuseShape(request: JobRequest, queue: Queue, maxArraySize: number): Refusal | undefined {
  const asked = request.limits.wallTimeMs;
  if (queue.maxWallTimeMs !== undefined && asked !== undefined && asked > queue.maxWallTimeMs) {
    return { code: 'wallTimeTooLong', queue: queue.name, maximumMs: queue.maxWallTimeMs };
  }
  const { tasks, cpusPerTask, nodes } = request.resources;
  if (tasks < 1) return { code: 'invalidResources', why: 'tasks' };
  if (cpusPerTask < 1) return { code: 'invalidResources', why: 'cpus' };
  if (nodes !== undefined && (nodes.min < 1 || (nodes.max ?? nodes.min) < nodes.min)) {
    return { code: 'invalidResources', why: 'nodes' };
  }
  if (request.array === undefined) return undefined;
  const size = indexCount(request.array.indices);
  if (size === 0) return { code: 'emptyArray' };
  const last = request.array.indices.at(-1);
  const highest = last === undefined ? 0 : last.first + (last.count - 1) * last.step;
  if (highest >= maxArraySize || size > maxArraySize) {
    return { code: 'arrayTooLarge', maximum: maxArraySize };
  }
  return undefined;
}

/** Parts of a new job's dependency may be decided already. */
function settleNew(state: StateView, job: Job, at: Context): void {
  if (job.waitsFor === 'never') neverMet(state, job, at);
  else if (job.waitsFor === 'dependency') settle(state, job, at);
}
