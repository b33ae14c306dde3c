// One pass: classes in the order of their first jobs; each job that fits is placed, the first that
// does not is reserved for, later ones are placed only where they do not delay it. Every class that
// keeps waiting gets a verdict, from which each of its jobs has its reason.

import { Heap } from '../../base/heap.ts';
import { jobId } from '../../model/ids.ts';
import { takeLowest } from '../../model/index-set.ts';
import type { AllocatedNode, Allocation } from '../../model/node.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { Context } from '../context.ts';
import { goesBefore, type Standing } from '../priority/order.ts';
import type { Job, StateView } from '../state.ts';
import { couldHold, type Demand, fit, mayUse } from './fit.ts';
import type { JobClass } from './job-class.ts';
import { NO_LIMIT_MS, type Reservation, reserve } from './reserve.ts';

/** What one pass may cost, in attempts placed; a pass that used it up goes on in the next batch. */
export interface Budget {
  placements: number;
}

/**
 * Classes that are weighed behind a blocked job (as Slurm's bf_max_job_test): jobs of a hundred
 * thousand different shapes must not make every pass look at all of them.
 */
const CLASSES_BEHIND = 1000;

interface Candidate extends Standing {
  readonly jobClass: JobClass;
}

/** What all steps of one pass share. */
interface Pass {
  readonly state: StateView;
  readonly budget: Budget;
  readonly at: Context;
  /** For the first job that did not fit; until one is met, nobody is in the way of another. */
  reservation: Reservation | undefined;
}

/** Places what fits. Returns whether everything was looked at. */
export function schedule(state: StateView, budget: Budget, at: Context): boolean {
  const pass: Pass = { state, budget, at, reservation: undefined };
  const line = candidates(state);
  let blocked: Demand | undefined;
  let behind = 0;
  for (let next = line.pop(); next !== undefined; next = line.pop()) {
    if (budget.placements <= 0) return false;
    const { jobClass, queue } = next;
    if (!queue.active) {
      jobClass.verdict = 'queueInactive';
      continue;
    }
    const demand = { need: jobClass.need, environments: queue.environments };
    // Weighed only now that somebody stands behind the blocked job.
    if (blocked !== undefined) pass.reservation ??= reserve(state, blocked, at.steadyMs);
    if (placeFirst(pass, next.first, demand)) {
      const first = jobClass.first();
      if (first !== undefined) line.push({ jobClass, queue, first });
      continue;
    }
    const verdict = verdictOf(state, demand);
    const isBehind = blocked !== undefined && verdict === 'resources';
    jobClass.verdict = isBehind ? 'priority' : verdict;
    if (verdict === 'resources') blocked ??= demand;
    if (blocked !== undefined && ++behind >= CLASSES_BEHIND) {
      leaveTheRest(state);
      break;
    }
  }
  return true;
}

/** Who was never weighed waits for those before him. */
function leaveTheRest(state: StateView): void {
  for (const jobClass of state.classes.values()) {
    if (jobClass.verdict === 'new') jobClass.verdict = 'priority';
  }
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

/** Places the first job of a class, of an array as many elements as fit on one node. */
function placeFirst(pass: Pass, first: Job, demand: Demand): boolean {
  const { state, at, reservation } = pass;
  const { need } = demand;
  const endsByMs = at.steadyMs + Math.min(need.wallTimeMs, NO_LIMIT_MS);
  const allocation = fit(state, demand, reservation, endsByMs);
  const share = allocation?.[0];
  if (allocation === undefined || share === undefined) return false;
  if (first.elements === undefined) {
    at.emit({ kind: 'jobAllocated', job: first.id, at: at.now, allocation });
    pass.budget.placements--;
  } else if (allocation.length > 1) placeSpreadElement(pass, first, allocation);
  else placeElements(pass, first, share);
  for (const part of allocation) reservation?.placed(part, endsByMs);
  return true;
}

/** How many such shares the node has room for; beside a reservation each is weighed alone. */
function sharesOn(pass: Pass, share: AllocatedNode): number {
  const slot = pass.state.nodes.get(share.node);
  if (slot === undefined || pass.reservation?.concerns(share.node)) return 1;
  const byCpu = Math.floor(slot.freeCpus / Math.max(1, share.cpus));
  if (share.memoryMib === 0) return byCpu;
  return Math.min(byCpu, Math.floor(slot.freeMemoryMib / share.memoryMib));
}

/** At least one element, else as many as fit, each with its share of one node. */
function placeElements(pass: Pass, array: Job, share: AllocatedNode): void {
  const { state, budget, at } = pass;
  const { elements } = array;
  if (elements === undefined) return;
  const most = Math.min(sharesOn(pass, share), budget.placements);
  const count = Math.max(
    1,
    Math.min(most, elements.waitingCount, elements.limit - elements.running),
  );
  at.emit({
    kind: 'elementsAllocated',
    array: array.id,
    at: at.now,
    elements: takeLowest(elements.waiting, count),
    firstJob: jobId(state.nextJobId),
    share,
  });
  budget.placements -= count;
}

/** An element over several nodes gets a record of its own. */
function placeSpreadElement(pass: Pass, array: Job, allocation: Allocation): void {
  const { state, budget, at } = pass;
  const index = array.elements?.waiting[0]?.first;
  if (index === undefined) return;
  const job = jobId(state.nextJobId);
  at.emit({ kind: 'elementDetached', array: array.id, element: index, job, at: at.now });
  at.emit({ kind: 'jobAllocated', job, at: at.now, allocation });
  budget.placements--;
}

/** Why the first of a class does not fit: too little is free, or no node could ever hold it. */
function verdictOf(state: StateView, demand: Demand): PendingReason {
  const { need } = demand;
  let couldBeHeld = false;
  let cpus = 0;
  let nodes = 0;
  for (const slot of state.nodes.values()) {
    if (!mayUse(slot, demand)) continue;
    const isUp = state.freeNodes.has(slot);
    if (isUp && couldHold(slot, need, need.cpusPerTask)) {
      cpus += slot.node.size.cpus;
      nodes++;
    }
    if (couldHold(slot, need)) {
      if (isUp && need.minNodes <= 1) return 'resources';
      couldBeHeld = true;
    }
  }
  const maySpread = need.maxNodes > 1 && Math.max(need.tasks, need.minNodes) > 1;
  if (maySpread && cpus >= need.cpus && nodes >= need.minNodes) return 'resources';
  if (canBuy(state, demand)) return 'capacityRequested';
  return couldBeHeld || state.nodes.size === 0 ? 'nodesUnavailable' : 'neverFits';
}

function canBuy(state: StateView, { need, environments }: Demand): boolean {
  return environments.some((name) => {
    const environment = state.environments.get(name);
    return (
      environment?.kind === 'ec2' &&
      environment.instanceTypes.some((type) => type.cpus >= need.cpus)
    );
  });
}
