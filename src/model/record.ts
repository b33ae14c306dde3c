// Jobs and events as they lie on the disk and as they are read back: flat, with everything that a
// listing searches by as a field of its own.

import type { Instant } from '../base/brand.ts';
import type { EndPlan, SignalScope } from './end-plan.ts';
import type { Ending, WaitsFor } from './event.ts';
import type { JobId, SpecKey } from './ids.ts';
import type { JobRequest } from './job-request.ts';
import type { Allocation } from './node.ts';
import type { ArrayRecord } from './array-record.ts';
import type { EndedAttempt, Outcome, Usage } from './outcome.ts';
import type { JobStateName } from './selection.ts';
import type { Owner } from './user.ts';

/** The present state of a job, an array, or an element that has a record of its own. */
export interface JobRecord {
  readonly id: JobId;
  /** The array it is an element of. */
  readonly array?: JobId;
  readonly element?: number;
  readonly owner: Owner;
  readonly spec: SpecKey;
  /** On reading; on writing it is in the specification of the same key. */
  readonly request: JobRequest;
  readonly requestId?: string;
  readonly state: JobStateName;
  readonly priority: number;
  readonly submittedAt: Instant;
  readonly eligibleAt?: Instant;
  /** Of a starting job: when it got its nodes. */
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly attempt: number;
  readonly allocation?: Allocation;
  readonly outcome?: Outcome;
  readonly usage?: Usage;
  /** What few jobs have. */
  readonly details?: JobDetails;
  /** For an array: what became of its elements. */
  readonly elements?: ArrayRecord;
  /** Not on the disk: this is the first record of the job. */
  readonly isNew?: boolean;
}

/** What few jobs have, kept as JSON. */
export interface JobDetails {
  readonly heldBy?: 'user' | 'administrator';
  /** Of a job with a dependency or a begin time: what of it is still open. */
  readonly waitsFor?: WaitsFor;
  readonly notBefore?: Instant;
  readonly earlierAttempts?: readonly EndedAttempt[];
  /** The end that was asked for, while it is carried out. */
  readonly ending?: { readonly ending: Ending; readonly plan: EndPlan };
  readonly owedSignals?: readonly { readonly signal: number; readonly scope: SignalScope }[];
  /** Of an array: why no further element starts. */
  readonly closed?: Outcome;
  readonly closedAt?: Instant;
}

/**
 * A fact about a job, for its history. `data` is what the columns of the job do not already say.
 */
export interface EventRecord {
  readonly job: JobId;
  readonly at: Instant;
  readonly kind: string;
  readonly data?: string;
}
