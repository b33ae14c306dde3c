// Tells the jobs that wait for a job what its start or end means for them.

import { hasSingleton } from '../../model/dependency.ts';
import { jobId } from '../../model/ids.ts';
import { indicesOf } from '../../model/index-set.ts';
import { NO_USAGE, type Outcome } from '../../model/outcome.ts';
import type { Context } from '../context.ts';
import type { Job, StateView } from '../state.ts';
import { askerOf, evaluate, isElementwise } from './evaluate.ts';

/** Looks at every job that waits for this one, or for the array that it is an element of. */
export function settleDependents(state: StateView, changed: Job, at: Context): void {
  for (const target of [changed, changed.array]) {
    const dependents = target && state.dependents.get(target.id);
    for (const job of [...(dependents ?? [])]) {
      if (job.waitsFor === 'dependency' && job.state.kind === 'pending') settle(state, job, at);
    }
  }
  const whole = changed.array ?? changed;
  if (whole.state.kind === 'finished') settleSingletons(state, whole, at);
}

/** Singletons are filed under no job: one of that name and user ended. */
function settleSingletons(state: StateView, ended: Job, at: Context): void {
  const { name } = ended.spec.request;
  for (const job of state.dependencyWaiters) {
    const { request } = job.spec;
    if (request.name !== name || job.owner.uid !== ended.owner.uid) continue;
    if (job.waitsFor !== 'dependency' || !hasSingleton(request.dependency)) continue;
    settle(state, job, at);
  }
}

/** Decides one waiting job. */
export function settle(state: StateView, job: Job, at: Context): void {
  const dependency = job.spec.request.dependency;
  if (dependency === undefined) return;
  if (job.elements !== undefined && isElementwise(dependency)) {
    settleElements(state, job, at);
    return;
  }
  const verdict = evaluate(state, askerOf(job), dependency, at.now);
  if (verdict === 'yes') {
    if (job.notBefore !== undefined && job.notBefore > at.now) {
      at.emit({ kind: 'jobReleased', job: job.id, at: at.now, waitsFor: 'beginTime' });
    } else at.emit({ kind: 'jobEligible', job: job.id, at: at.now });
  } else if (verdict === 'never') neverMet(state, job, at);
}

function settleElements(state: StateView, array: Job, at: Context): void {
  const dependency = array.spec.request.dependency;
  const elements = array.elements;
  if (dependency === undefined || elements === undefined) return;
  for (const index of [...indicesOf(elements.waiting)]) {
    const asker = { ...askerOf(array), element: index };
    const verdict = evaluate(state, asker, dependency, at.now);
    if (verdict === 'wait') continue;
    const id = jobId(state.nextJobId);
    at.emit({ kind: 'elementDetached', array: array.id, element: index, job: id, at: at.now });
    const job = state.jobs.get(id) as Job;
    if (verdict === 'yes') at.emit({ kind: 'jobEligible', job: id, at: at.now });
    else neverMet(state, job, at);
  }
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
  if (job.spec.request.cancelWhenNeverSatisfied !== true) {
    at.emit({ kind: 'jobNeverEligible', job: job.id, at: at.now });
    return;
  }
  endUnstarted(job, { kind: 'neverStarted', why: 'dependency' }, at);
  settleDependents(state, job, at);
}
