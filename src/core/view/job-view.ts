// A job as queries show it. Built only for what passed the filters.

import type { Instant } from '../../base/brand.ts';
import { OUTCOME_KINDS } from '../../model/array-record.ts';
import { jobId, nodeName } from '../../model/ids.ts';
import { commonIndices, type IndexSet, indicesOf } from '../../model/index-set.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { JobStateName } from '../../model/selection.ts';
import type { ArrayCounts, JobView } from '../../model/view.ts';
import { phaseOf } from '../admission/select.ts';
import { memoryOf } from '../scheduling/fit.ts';
import type { Elements, Job, Run, StateView } from '../state.ts';

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** The view of a job with a record of its own; of an array, its waiting rest. */
export function viewOfJob(state: StateView, job: Job): JobView {
  const view = common(job);
  if (job.elements !== undefined) view.waiting = job.elements.waiting;
  if (job.state.kind === 'active') addRun(state, view, job.state.run);
  else if (job.state.kind === 'finished') {
    const { outcome, startedAt, endedAt, allocation, usage } = job.state;
    view.state = 'finished';
    view.outcome = outcome;
    view.endedAt = endedAt;
    view.usage = usage;
    if (startedAt !== undefined) view.startedAt = startedAt;
    if (allocation !== undefined) view.allocation = allocation;
  } else if (!addClosing(view, job)) view.reason = reasonOf(job);
  return view;
}

/** The view of a compact element that runs. */
export function viewOfRun(state: StateView, run: Run): JobView {
  const view = common(run.job);
  view.id = run.id;
  view.base = run.job.id;
  view.element = run.element as number;
  addRun(state, view, run);
  return view;
}

/** One view for every waiting element, or for those of `only` that wait. */
export function* viewsOfWaiting(array: Job, only?: IndexSet): Generator<JobView> {
  const shared = common(array);
  if (!addClosing(shared, array)) shared.reason = reasonOf(array);
  const waiting = array.elements?.waiting ?? [];
  const elements = only === undefined ? waiting : commonIndices(waiting, only);
  for (const element of indicesOf(elements)) yield { ...shared, element };
}

/** Of a closed array, the rest has ended for good, though other elements may still run. */
function addClosing(view: Open<JobView>, { elements }: Job): boolean {
  if (elements?.closed === undefined) return false;
  view.state = 'finished';
  view.outcome = elements.closed;
  if (elements.closedAt !== undefined) view.endedAt = elements.closedAt;
  return true;
}

/** The views of compact elements that ended at `since` or later. */
export function* viewsOfEnded(array: Job, since: Instant): Generator<JobView> {
  const columns = array.elements?.ended;
  if (columns === undefined) return;
  const shared = common(array);
  for (let at = 0; at < columns.index.length; at++) {
    if ((columns.endedAt[at] as number) >= since) yield viewOfEnded(array, shared, at);
  }
}

function viewOfEnded(array: Job, shared: JobView, at: number): JobView {
  const columns = (array.elements as Elements).ended;
  const { need } = array.spec.jobClass;
  const outcome: Outcome = {
    kind: OUTCOME_KINDS[columns.outcome[at] as number] ?? 'exited',
    exitCode: columns.exitCode[at] as number,
    signal: columns.signal[at] as number,
  };
  const node = nodeName(columns.nodes[columns.node[at] as number] ?? '');
  return {
    ...shared,
    id: jobId(columns.job[at] as number),
    element: columns.index[at] as number,
    state: 'finished',
    attempt: 1,
    startedAt: columns.startedAt[at] as Instant,
    endedAt: columns.endedAt[at] as Instant,
    outcome,
    usage: {
      userCpuMs: columns.userCpuMs[at] as number,
      systemCpuMs: columns.systemCpuMs[at] as number,
      maxMemoryKib: columns.maxMemoryKib[at] as number,
    },
    allocation: [
      { node, cpus: need.cpus, memoryMib: memoryOf(need, need.cpus), tasks: need.tasks },
    ],
  };
}

function common(job: Job): Open<JobView> {
  const view: Open<JobView> = {
    id: job.id,
    base: job.array?.id ?? job.id,
    request: job.spec.request,
    owner: job.owner,
    state: 'pending' as JobStateName,
    priority: job.priority,
    submittedAt: job.submittedAt,
    attempt: job.attempt,
    earlierAttempts: job.earlierAttempts,
  };
  if (job.element !== undefined) view.element = job.element;
  if (job.eligibleAt !== undefined) view.eligibleAt = job.eligibleAt;
  if (job.heldBy !== undefined) view.heldBy = job.heldBy;
  const elements = job.elements ?? job.array?.elements;
  if (elements !== undefined) view.array = countsOf(elements);
  return view;
}

function addRun(state: StateView, view: Open<JobView>, run: Run): void {
  view.state = phaseOf(run);
  view.attempt = run.attempt;
  view.allocation = run.allocation;
  if (run.startedAt !== undefined) view.startedAt = run.startedAt;
  else view.startedAt = run.allocatedAt;
  if (run.ending !== undefined) view.ending = true;
  if (run.ended !== undefined) {
    view.outcome = run.ended.outcome;
    view.usage = run.ended.usage;
    view.endedAt = run.ended.at;
  }
  const node = run.allocation[0] && state.nodes.get(run.allocation[0].node);
  if (node?.node.state === 'unreachable') view.unreachable = true;
}

function countsOf(elements: Elements): ArrayCounts {
  let detachedRunning = 0;
  let detachedPending = 0;
  for (const job of elements.detached.values()) {
    if (job.state.kind === 'active') detachedRunning++;
    else if (job.state.kind === 'pending') detachedPending++;
  }
  const neverStarted = elements.closed === undefined ? 0 : elements.waitingCount;
  return {
    size: elements.size,
    ...(Number.isFinite(elements.limit) && { limit: elements.limit }),
    pending: elements.waitingCount - neverStarted + detachedPending,
    running: elements.active.size + detachedRunning,
    succeeded: elements.succeeded,
    failed: elements.failed + neverStarted,
  };
}

/** Why a pending job does not run: its own wait, or the verdict on its class. */
export function reasonOf(job: Job): PendingReason {
  switch (job.waitsFor) {
    case 'hold':
      return job.heldBy === 'administrator' ? 'heldByAdministrator' : 'heldByUser';
    case 'beginTime':
      return job.earlierAttempts.length > 0 ? 'requeued' : 'beginTime';
    case 'dependency':
      return 'dependency';
    case 'never':
      return 'dependencyNeverSatisfied';
    case 'nothing':
      return lineReason(job);
    default:
      return job.waitsFor satisfies never;
  }
}

function lineReason(job: Job): PendingReason {
  const ofArray = job.elements ?? job.array?.elements;
  if (ofArray !== undefined && ofArray.running >= ofArray.limit) return 'arrayLimit';
  const { jobClass } = job.spec;
  const { verdict } = jobClass;
  if (verdict === 'resources' && jobClass.first() !== job) return 'priority';
  return verdict;
}
