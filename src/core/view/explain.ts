// Why a job is where it is: the same tests as the pass makes, told one by one. Never changes
// anything and keeps nothing; it costs as many steps as jobs stand before the asked one.

import type { Instant } from '../../base/brand.ts';
import type { Dependency, DependencyCondition } from '../../model/dependency.ts';
import type {
  Explanation,
  ExplainedCondition,
  NodeTest,
  PlaceInLine,
} from '../../model/explanation.ts';
import type { JobId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { find } from '../admission/select.ts';
import { askerOf, evaluate } from '../dependency/evaluate.ts';
import { goesBefore } from '../priority/order.ts';
import { mayUse, memoryOf } from '../scheduling/fit.ts';
import type { Need } from '../scheduling/job-class.ts';
import type { Job, NodeSlot, StateView } from '../state.ts';
import { viewOfJob, viewOfRun } from './job-view.ts';

/** Explains a job, an array (its waiting rest), or an element; undefined: not in memory. */
export function explain(state: StateView, id: JobId, now: Instant): Explanation | undefined {
  const found = find(state, id);
  if (found === undefined) return undefined;
  const { job, run } = found;
  const view = run === undefined ? viewOfJob(state, job) : viewOfRun(state, run);
  if (view.state !== 'pending') return { job: view, conditions: [], nodes: [] };
  const { request, jobClass } = job.spec;
  const queue = state.queues.get(request.queue);
  const isInLine = job.waitsFor === 'nothing' && queue !== undefined;
  return {
    job: view,
    conditions: conditionsOf(state, job, now),
    ...(job.notBefore !== undefined && { beginAt: job.notBefore }),
    ...(isInLine && { line: placeOf(state, job, queue) }),
    nodes: isInLine
      ? [...state.nodes.values()].map((slot) => testNode(slot, jobClass.need, queue))
      : [],
  };
}

function conditionsOf(state: StateView, job: Job, now: Instant): ExplainedCondition[] {
  const { dependency } = job.spec.request;
  if (dependency === undefined) return [];
  const asker = askerOf(job);
  return leaves(dependency).map((condition) => ({
    condition,
    verdict: evaluate(state, asker, condition, now),
  }));
}

function leaves(dependency: Dependency): DependencyCondition[] {
  if (dependency.kind === 'condition') return [dependency];
  if (dependency.kind === 'singleton') return [];
  return dependency.kind === 'not' ? leaves(dependency.of) : dependency.of.flatMap(leaves);
}

function placeOf(state: StateView, job: Job, queue: Queue): PlaceInLine {
  const own = { queue, first: job };
  let jobsAhead = 0;
  for (const jobClass of state.classes.values()) {
    const other = state.queues.get(jobClass.queue);
    if (other === undefined) continue;
    for (const first of jobClass) {
      if (!goesBefore({ queue: other, first }, own)) break;
      jobsAhead++;
    }
  }
  return { jobsAhead, queuePriority: queue.priority, queueActive: queue.active };
}

/** The first test that the node fails, for one node's worth of the job. */
function testNode(slot: NodeSlot, need: Need, queue: Queue): NodeTest {
  const { name: node, state, drained, size } = slot.node;
  if (state !== 'up') return { node, kind: 'notUp', state };
  if (drained !== undefined) return { node, kind: 'drained', why: drained };
  if (!mayUse(slot, { need, environments: queue.environments }))
    return { node, kind: 'notAllowed' };
  // Of a job over several nodes, the smallest part that one of them would take.
  const cpus = need.minNodes > 1 ? need.cpusPerTask : need.cpus;
  const memory = memoryOf(need, cpus);
  if (cpus > size.cpus)
    return { node, kind: 'tooSmall', what: 'cpus', has: size.cpus, needs: cpus };
  if (memory > size.memoryMib) {
    return { node, kind: 'tooSmall', what: 'memoryMib', has: size.memoryMib, needs: memory };
  }
  if (need.exclusive && slot.runs.size > 0) {
    return { node, kind: 'notEmpty', running: slot.runs.size };
  }
  if (cpus > slot.freeCpus) {
    return { node, kind: 'busy', what: 'cpus', free: slot.freeCpus, needs: cpus };
  }
  if (memory > slot.freeMemoryMib) {
    return { node, kind: 'busy', what: 'memoryMib', free: slot.freeMemoryMib, needs: memory };
  }
  return { node, kind: 'free' };
}
