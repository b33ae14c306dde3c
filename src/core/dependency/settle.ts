// Tells the jobs that wait for a job what its start or end means for them.

import { jobId } from '../../model/ids.ts';
import { commonIndices, indexRange, indicesOf } from '../../model/index-set.ts';
import { NO_USAGE, type Outcome } from '../../model/outcome.ts';
import type { Context } from '../context.ts';
import { type Job, singletonKey, type StateView } from '../state.ts';
import { askerOf, evaluate, isElementwise, isOnlyElementwise } from './evaluate.ts';

/**
 * Looks at every job that waits for this one, or for the array that it is an element of; and at
 * those that wait for what thereby ends. `element`: what changed of a job that is an array.
 */
export function settleDependents(
  state: StateView,
  changed: Job,
  at: Context,
  element = changed.element,
): void {
  // A list and no recursion: a chain of dependents may be as long as the line of jobs.
  const told = [changed];
  for (const one of told) {
    const index = one === changed ? element : one.element;
    for (const job of waitersOf(state, one)) {
      if (job.waitsFor !== 'dependency' || job.state.kind !== 'pending') continue;
      for (const ended of settleOne(state, job, at, index)) told.push(ended);
    }
  }
}

/** Jobs whose dependency names the job or its array, and singletons that it was in the way of. */
function waitersOf(state: StateView, one: Job): readonly Job[] {
  const root = one.array ?? one;
  const waiters = [...(state.dependents.get(one.id) ?? [])];
  if (root !== one) waiters.push(...(state.dependents.get(root.id) ?? []));
  if (root.state.kind !== 'finished') return waiters;
  return waiters.concat([...(state.singletons.get(singletonKey(root)) ?? [])]);
}

/** Decides one waiting job. */
export function settle(state: StateView, job: Job, at: Context): void {
  for (const ended of settleOne(state, job, at)) settleDependents(state, ended, at);
}

/** Decides one waiting job, of an array at most one element. Returns what ended by that. */
function settleOne(state: StateView, job: Job, at: Context, index?: number): readonly Job[] {
  const dependency = job.spec.request.dependency;
  if (dependency === undefined) return [];
  if (job.elements !== undefined && isElementwise(dependency)) {
    return settleElements(state, job, at, isOnlyElementwise(dependency) ? index : undefined);
  }
  const verdict = evaluate(state, askerOf(job), dependency, at.now);
  if (verdict === 'never') return decideNever(job, at) ? [job] : [];
  if (verdict === 'wait') return [];
  if (job.notBefore !== undefined && job.notBefore > at.now) {
    at.emit({ kind: 'jobReleased', job: job.id, at: at.now, waitsFor: 'beginTime' });
  } else at.emit({ kind: 'jobEligible', job: job.id, at: at.now });
  return [];
}

function settleElements(state: StateView, array: Job, at: Context, only?: number): readonly Job[] {
  const dependency = array.spec.request.dependency;
  const elements = array.elements;
  if (dependency === undefined || elements === undefined || elements.closed !== undefined)
    return [];
  const ended: Job[] = [];
  const { waiting } = elements;
  const changed = only === undefined ? waiting : commonIndices(waiting, indexRange(only, only));
  for (const index of indicesOf(changed)) {
    const asker = { ...askerOf(array), element: index };
    const verdict = evaluate(state, asker, dependency, at.now);
    if (verdict === 'wait') continue;
    const id = jobId(state.nextJobId);
    at.emit({ kind: 'elementDetached', array: array.id, element: index, job: id, at: at.now });
    const job = state.jobs.get(id) as Job;
    if (verdict === 'yes') at.emit({ kind: 'jobEligible', job: id, at: at.now });
    else if (decideNever(job, at)) ended.push(job);
  }
  return ended;
}

/** Ends a job, or the waiting rest of an array, that holds no node. */
export function endUnstarted(job: Job, outcome: Outcome, at: Context): void {
  if (job.elements !== undefined)
    at.emit({ kind: 'arrayClosed', job: job.id, at: at.now, outcome });
  else {
    at.emit({
      kind: 'jobFinished',
      job: job.id,
      at: at.now,
      startedAt: undefined,
      outcome,
      usage: NO_USAGE,
    });
  }
}

/** What the site or the user wants of a job whose dependency can never be met. */
export function neverMet(state: StateView, job: Job, at: Context): void {
  if (decideNever(job, at)) settleDependents(state, job, at);
}

/** Whether it ended the job. */
function decideNever(job: Job, at: Context): boolean {
  if (job.spec.request.cancelWhenNeverSatisfied === true) {
    endUnstarted(job, { kind: 'neverStarted', why: 'dependency' }, at);
    return true;
  }
  at.emit({ kind: 'jobNeverEligible', job: job.id, at: at.now });
  return false;
}
