// What a queue adds to a request that leaves it open. Done before the request gets its key, so that
// listings, limits and backfill all see one number.

import type { JobRequest } from '../../model/job-request.ts';
import type { Queue } from '../../model/queue.ts';

/**
 * The request with its queue's default time limit, else the queue's longest one (as in Slurm's
 * DefaultTime and MaxTime, and in LSF's RUNLIMIT). The same object where nothing is to be added.
 */
export function withQueueDefaults(request: JobRequest, queue: Queue | undefined): JobRequest {
  const wallTimeMs = queue?.defaultWallTimeMs ?? queue?.maxWallTimeMs;
  if (wallTimeMs === undefined || request.limits.wallTimeMs !== undefined) return request;
  return { ...request, limits: { ...request.limits, wallTimeMs } };
}
