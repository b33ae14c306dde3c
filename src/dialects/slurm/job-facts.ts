// Facts of a job that several of Slurm's columns are made of: nodes, CPUs, times, memory.

import { compressHostlist } from '../../base/hostlist.ts';
import { type Instant, instant } from '../../base/brand.ts';
import type { Allocation } from '../../model/node.ts';
import type { JobView } from '../../model/view.ts';

/** The nodes that the job has or had, compressed. */
export function nodeList(view: JobView): string {
  const { allocation } = view;
  if (allocation === undefined) return '';
  return compressHostlist(allocation.map((part) => part.node));
}

/** How many nodes it has, or will need at least. */
export function nodeCount(view: JobView): number {
  return view.allocation?.length ?? view.request.resources.nodes?.min ?? 1;
}

/** How many CPUs it has, or asked for. */
export function cpuCount(view: JobView): number {
  if (view.allocation !== undefined) return cpusOf(view.allocation);
  const { tasks, cpusPerTask } = view.request.resources;
  return Math.max(tasks * cpusPerTask, nodeCount(view));
}

/** All CPUs of an allocation. */
export function cpusOf(allocation: Allocation): number {
  return allocation.reduce((sum, part) => sum + part.cpus, 0);
}

/** Memory of the whole job in MiB; 0: not asked. */
export function memoryMib(view: JobView): number {
  const { resources } = view.request;
  if (resources.memoryMibPerCpu !== undefined) return resources.memoryMibPerCpu * cpuCount(view);
  return (resources.memoryMibPerNode ?? 0) * nodeCount(view);
}

/** When it started; a job that holds a node has started, as Slurm sees it. */
export function startOf(view: JobView, now: Instant): Instant | undefined {
  if (view.startedAt !== undefined) return view.startedAt;
  return view.state === 'starting' ? now : undefined;
}

/** When it will start, started, or (cancelled before) ended. */
export function startOrExpected(view: JobView, now: Instant): Instant | undefined {
  if (view.state === 'pending') return view.expectedStartAt ?? beginOf(view);
  return startOf(view, now) ?? view.endedAt;
}

/** Run time of the present attempt. */
export function elapsedMs(view: JobView, now: Instant): number {
  const start = startOf(view, now);
  if (start === undefined || view.state === 'pending') return 0;
  return Math.max(0, (view.endedAt ?? now) - start);
}

/** When it ended, or must end; `never`: it has no limit. */
export function endOrExpected(view: JobView, now: Instant): Instant | 'never' | undefined {
  if (view.endedAt !== undefined) return view.endedAt;
  const start = startOrExpected(view, now);
  if (start === undefined) return undefined;
  const limit = view.request.limits.wallTimeMs;
  return limit === undefined ? 'never' : instant(start + limit);
}

function beginOf(view: JobView): Instant | undefined {
  const { beginAt } = view.request;
  return view.reason === 'beginTime' || view.heldBy !== undefined ? beginAt : undefined;
}

/** The order's number; 0 for a held job. */
export function priorityOf(view: JobView): number {
  return view.heldBy !== undefined ? 0 : Math.round(view.priority);
}
