// One pass: classes in the order of their first jobs; each job that fits is placed, the first that does
// not is reserved for, later ones are placed only where they do not delay it. Every class that keeps
// waiting gets a verdict, from which each of its jobs has its reason.

import { Heap } from '../../base/heap.ts';
import { jobId } from '../../model/ids.ts';
import { type IndexSet, indexCount } from '../../model/index-set.ts';
import type { AllocatedNode } from '../../model/node.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { Queue } from '../../model/queue.ts';
import type { Context } from '../context.ts';
import type { Elements, Job, NodeSlot, StateView } from '../state.ts';
import { couldHold, fit, mayUse } from './fit.ts';
import type { JobClass } from './job-class.ts';
import { NO_LIMIT_MS, type Reservation, reserve } from './reserve.ts';

/** What one pass may cost, in attempts placed; a pass that used it up goes on in the next batch. */
export interface Budget {
  placements: number;
}

/** Somebody in line. */
interface Standing {
  readonly queue: Queue;
  readonly first: Job;
}

interface Candidate extends Standing {
  readonly jobClass: JobClass;
}

/** Places what fits. Returns whether everything was looked at. */
export function schedule(state: StateView, budget: Budget, at: Context): boolean {
  const line = candidates(state);
  let reservation: Reservation | undefined;
  let isBlocked = false;
  for (let next = line.pop(); next !== undefined; next = line.pop()) {
    if (budget.placements <= 0) return false;
    const { jobClass, queue } = next;
    if (!queue.active) {
      jobClass.verdict = 'queueInactive';
      continue;
    }
    if (placeFirst(state, next, reservation, budget, at)) {
      const first = jobClass.first();
      if (first !== undefined) line.push({ jobClass, queue, first });
      continue;
    }
    jobClass.verdict = isBlocked ? 'priority' : verdictOf(state, jobClass, queue);
    if (isBlocked || jobClass.verdict !== 'resources') continue;
    isBlocked = true;
    reservation = reserve(state, jobClass.need, queue.environments, at.steadyMs);
  }
  return true;
}

/** Classes with somebody in line. */
function candidates(state: StateView): Heap<Candidate> {
  const line = new Heap<Candidate>(goesBefore);
  for (const jobClass of state.classes.values()) {
    const first = jobClass.size > 0 ? jobClass.first() : undefined;
    const queue = first && state.queues.get(jobClass.queue);
    if (first && queue) line.push({ jobClass, queue, first });
  }
  return line;
}

/** The order of the line: queue priority, job priority, age. */
export function goesBefore(a: Standing, b: Standing): boolean {
  if (a.queue.priority !== b.queue.priority) return a.queue.priority > b.queue.priority;
  if (a.first.priority !== b.first.priority) return a.first.priority > b.first.priority;
  return a.first.order < b.first.order;
}

/** Places the first job of the class, of an array as many elements as fit on one node. */
function placeFirst(
  state: StateView,
  { jobClass, queue, first }: Candidate,
  reservation: Reservation | undefined,
  budget: Budget,
  at: Context,
): boolean {
  const { need } = jobClass;
  const endsByMs = at.steadyMs + Math.min(need.wallTimeMs, NO_LIMIT_MS);
  const allocation = fit(state, need, queue.environments, reservation, endsByMs);
  if (allocation === undefined) return false;
  const [share] = allocation;
  const slot = share && state.nodes.get(share.node);
  if (first.elements !== undefined && share && slot && allocation.length === 1) {
    const guarded =
      reservation !== undefined && !reservation.leavesRoom(slot, need, Number.POSITIVE_INFINITY);
    const most = guarded ? 1 : Math.min(budget.placements, sharesOn(slot, share));
    const placed = placeElements(state, first, first.elements, share, most, at);
    budget.placements -= placed;
  } else {
    if (first.elements !== undefined)
      return placeSpreadElement(state, first, allocation, budget, at);
    at.emit({ kind: 'jobAllocated', job: first.id, at: at.now, allocation });
    budget.placements--;
  }
  if (slot) reservation?.placed(slot, need, endsByMs);
  return true;
}

/** How many such shares the node has room for. */
function sharesOn(slot: NodeSlot, share: AllocatedNode): number {
  const byCpu = Math.floor(slot.freeCpus / Math.max(1, share.cpus));
  if (share.memoryMib === 0) return byCpu;
  return Math.min(byCpu, Math.floor(slot.freeMemoryMib / share.memoryMib));
}

function placeElements(
  state: StateView,
  array: Job,
  elements: Elements,
  share: AllocatedNode,
  most: number,
  at: Context,
): number {
  const free = elements.limit - elements.running;
  const count = Math.max(1, Math.min(most, elements.waitingCount, free));
  at.emit({
    kind: 'elementsAllocated',
    array: array.id,
    at: at.now,
    elements: lowest(elements.waiting, count),
    firstJob: jobId(state.nextJobId),
    share,
  });
  return count;
}

/** An element over several nodes gets a record of its own. */
function placeSpreadElement(
  state: StateView,
  array: Job,
  allocation: readonly AllocatedNode[],
  budget: Budget,
  at: Context,
): boolean {
  const index = array.elements?.waiting[0]?.first;
  if (index === undefined) return false;
  const job = jobId(state.nextJobId);
  at.emit({ kind: 'elementDetached', array: array.id, element: index, job, at: at.now });
  at.emit({ kind: 'jobAllocated', job, at: at.now, allocation });
  budget.placements--;
  return true;
}

/** The `count` lowest indices. */
function lowest(set: IndexSet, count: number): IndexSet {
  const rest = indexCount(set) - count;
  if (rest === 0) return set;
  const found: { first: number; count: number; step: number }[] = [];
  let left = count;
  for (const run of set) {
    if (left === 0) break;
    const taken = Math.min(left, run.count);
    found.push({ ...run, count: taken });
    left -= taken;
  }
  return found;
}

/** Why the first of a class does not fit: too little is free, or no node could ever hold it. */
function verdictOf(state: StateView, jobClass: JobClass, queue: Queue): PendingReason {
  const { need } = jobClass;
  let couldBeHeld = false;
  let cpus = 0;
  for (const slot of state.nodes.values()) {
    if (!mayUse(slot, need, queue.environments)) continue;
    const isUp = state.freeNodes.has(slot);
    if (isUp) cpus += slot.node.size.cpus;
    if (couldHold(slot, need)) {
      if (isUp && need.minNodes <= 1) return 'resources';
      couldBeHeld = true;
    }
  }
  if (need.maxNodes > 1 && cpus >= need.cpus && state.nodes.size >= need.minNodes)
    return 'resources';
  if (canBuy(state, jobClass, queue)) return 'capacityRequested';
  return couldBeHeld || state.nodes.size === 0 ? 'nodesUnavailable' : 'neverFits';
}

function canBuy(state: StateView, { need }: JobClass, queue: Queue): boolean {
  return queue.environments.some((name) => {
    const environment = state.environments.get(name);
    return (
      environment?.kind === 'ec2' &&
      environment.instanceTypes.some((type) => type.cpus >= need.cpus)
    );
  });
}
