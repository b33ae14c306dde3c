// Answers from memory. Filters come first; a view is built only of what passed them.

import type { Instant } from '../../base/brand.ts';
import type { Query } from '../../model/query.ts';
import { hasIndex } from '../../model/index-set.ts';
import type { JobRef } from '../../model/selection.ts';
import type { JobView, NodeView, QueueView } from '../../model/view.ts';
import { find, matcher, phaseOf, stateOf } from '../admission/select.ts';
import type { Elements, Job, StateView } from '../state.ts';
import { viewOfJob, viewOfRun, viewsOfEnded, viewsOfWaiting } from './job-view.ts';

type JobsQuery = Query & { kind: 'jobs' };

/** The jobs in memory that the query means, by ascending number of the job or array. */
export function jobViews(state: StateView, query: JobsQuery): JobView[] {
  const { selection } = query;
  const found: JobView[] = [];
  const matches = matcher({ ...selection, states: undefined as never, nodes: undefined as never });
  const take = (job: Job, ref?: JobRef) => {
    if (!matches(job)) return;
    for (const view of viewsOf(state, job, query, ref)) {
      if (passes(view, query, ref)) found.push(view);
    }
  };
  if (selection.refs === undefined) for (const job of state.jobs.values()) take(job);
  else for (const ref of selection.refs) takeRef(state, ref, take);
  return selection.onlyLast ? found.slice(-1) : found;
}

function takeRef(state: StateView, ref: JobRef, take: (job: Job, ref: JobRef) => void): void {
  const target = find(state, ref.job);
  if (target === undefined) return;
  take(target.job, ref);
  if (target.job.elements === undefined || target.job.id !== ref.job) return;
  for (const element of target.job.elements.detached.values()) take(element, ref);
}

/**
 * Everything that one record shows: an array shows its rest, its running and its ended elements.
 */
function* viewsOf(
  state: StateView,
  job: Job,
  query: JobsQuery,
  ref: JobRef | undefined,
): Generator<JobView> {
  const since = query.finishedSince;
  if (job.state.kind === 'finished' && (since === undefined || job.state.endedAt < since)) return;
  const { states } = query.selection;
  if (job.elements === undefined) {
    if (states === undefined || states.includes(stateOf(job))) yield viewOfJob(state, job);
    return;
  }
  if (ref !== undefined && ref.job !== job.id) {
    const run = state.runs.get(ref.job);
    if (run !== undefined) yield viewOfRun(state, run);
    return;
  }
  if (job.elements.waitingCount > 0 && !hasClosedBefore(job.elements, since)) {
    if (ref?.elements !== undefined) yield* viewsOfWaiting(job, ref.elements);
    else if (query.expandArrays) yield* viewsOfWaiting(job);
    else yield viewOfJob(state, job);
  }
  for (const run of job.elements.active.values()) yield viewOfRun(state, run);
  if (since !== undefined) yield* viewsOfEnded(job, since);
}

/** What was closed has ended, and is shown as long as other ends are. */
function hasClosedBefore({ closed, closedAt }: Elements, since: Instant | undefined): boolean {
  return closed !== undefined && (since === undefined || (closedAt ?? since) < since);
}

function passes(view: JobView, query: JobsQuery, ref: JobRef | undefined): boolean {
  const { states, nodes } = query.selection;
  if (states !== undefined && !states.includes(view.state)) return false;
  if (nodes !== undefined && !view.allocation?.some((part) => nodes.includes(part.node)))
    return false;
  if (ref?.elements === undefined) return true;
  return view.element !== undefined && hasIndex(ref.elements, view.element);
}

/** Queues with what is in them. */
export function queueViews(state: StateView): QueueView[] {
  const counts = new Map<string, { pending: number; running: number }>();
  for (const name of state.queues.keys()) counts.set(name, { pending: 0, running: 0 });
  for (const job of state.jobs.values()) {
    const count = counts.get(job.spec.request.queue);
    if (count === undefined || job.state.kind === 'finished') continue;
    if (job.elements !== undefined) {
      count.pending += job.elements.closed === undefined ? job.elements.waitingCount : 0;
      count.running += job.elements.active.size;
    } else if (stateOf(job) === 'pending') count.pending++;
    else count.running++;
  }
  return [...state.queues.values()].map((queue) => ({
    ...queue,
    ...(counts.get(queue.name) ?? { pending: 0, running: 0 }),
  }));
}

/** Nodes with what runs on them. */
export function nodeViews(state: StateView): NodeView[] {
  return [...state.nodes.values()].map((slot) => ({
    ...slot.node,
    freeCpus: slot.freeCpus,
    freeMemoryMib: slot.freeMemoryMib,
    running: [...slot.runs].filter((run) => phaseOf(run) !== 'completing').length,
  }));
}

/** Everything a waiter of a job is shown: all its parts; undefined: no such job in memory. */
export function partsOf(state: StateView, job: Job): JobView[] {
  const everything = { kind: 'jobs', selection: {}, finishedSince: 0 as Instant } as const;
  const views = [...viewsOf(state, job, everything, undefined)];
  for (const element of job.elements?.detached.values() ?? [])
    views.push(viewOfJob(state, element));
  return views;
}
