// Which jobs are meant, by a steering command or by a query. All given parts must match.

import type { JobId } from './ids.ts';
import type { IndexSet } from './index-set.ts';

/** A job, or some elements of an array. */
export interface JobRef {
  readonly job: JobId;
  /** Absent: the job, or the whole array. */
  readonly elements?: IndexSet;
}

/** The states a user can tell apart; every dialect has words for each. */
export type JobStateName = 'pending' | 'starting' | 'running' | 'completing' | 'finished';

/** Which jobs. Absent parts match everything; a list matches any of its members. */
export interface JobSelection {
  readonly refs?: readonly JobRef[];
  /** User names; a decimal number means a uid. */
  readonly users?: readonly string[];
  /** Exact names; an array element has its array's name. */
  readonly names?: readonly string[];
  /** A name with `*` anywhere (LSF's -J). */
  readonly namePattern?: string;
  readonly queues?: readonly string[];
  readonly accounts?: readonly string[];
  readonly states?: readonly JobStateName[];
  readonly nodes?: readonly string[];
  /** Only the newest of what matches (LSF's bkill without id). */
  readonly onlyLast?: boolean;
}
