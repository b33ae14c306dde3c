// The order of the line, in one place: queue priority, job priority, age. A class keeps its own
// line in the order of the last two (scheduling/job-class.ts); this compares the firsts of lines.

import type { JobRequest } from '../../model/job-request.ts';
import type { Queue } from '../../model/queue.ts';
import type { Identity } from '../../model/user.ts';
import type { Job } from '../state.ts';

/** Somebody in line. */
export interface Standing {
  readonly queue: Queue;
  readonly first: Job;
}

/**
 * A job's number inside its queue, larger is sooner. Users may be nice; only LSF lets them be more
 * (-sp), elsewhere that is the administrators' (sbatch(1), --nice and --priority; Batch orders in a
 * share alone).
 */
export function priorityOf(request: JobRequest, by: Identity): number {
  const { nice = 0, userPriority = 0, dialect } = request;
  const mayRaise = by.administrator || dialect === 'lsf';
  return mayRaise ? userPriority - nice : -Math.max(0, nice);
}

/** Whether `a` is served before `b`; of equals, who has stood in line longer. */
export function goesBefore(a: Standing, b: Standing): boolean {
  if (a.queue.priority !== b.queue.priority) return a.queue.priority > b.queue.priority;
  if (a.first.priority !== b.first.priority) return a.first.priority > b.first.priority;
  return a.first.order < b.first.order;
}
