// What queries answer: plain facts about jobs, queues and nodes, in no dialect's words.

import type { Instant } from '../base/brand.ts';
import type { AccessKey } from './access-key.ts';
import type { Explanation } from './explanation.ts';
import type { JobId } from './ids.ts';
import type { IndexSet } from './index-set.ts';
import type { JobDefinition } from './job-definition.ts';
import type { JobContent, JobRequest } from './job-request.ts';
import type { Allocation, Node } from './node.ts';
import type { EndedAttempt, Outcome, Usage } from './outcome.ts';
import type { PendingReason } from './pending-reason.ts';
import type { Queue } from './queue.ts';
import type { Refusal } from './refusal.ts';
import type { JobStateName } from './selection.ts';
import type { Owner } from './user.ts';

/** A job, an element of an array, or the waiting rest of an array. */
export interface JobView {
  /** The job's own number: an element that started has one of its own (Slurm's JobIDRaw). */
  readonly id: JobId;
  /** The array's number for an element, else the same as `id`. */
  readonly base: JobId;
  /** The element's index. */
  readonly element?: number;
  /**
   * The indices that did not start yet, where this is the view of an array (then without
   * `element`).
   */
  readonly waiting?: IndexSet;
  /** Elements of the array by state, in the view of an array and of its elements. */
  readonly array?: ArrayCounts;
  readonly request: JobRequest;
  readonly owner: Owner;
  readonly state: JobStateName;
  /** While pending. */
  readonly reason?: PendingReason;
  readonly heldBy?: 'user' | 'administrator';
  /** The number of the order; larger is sooner. */
  readonly priority: number;
  readonly submittedAt: Instant;
  /** When nothing but room was missing. */
  readonly eligibleAt?: Instant;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  /** When it will start at the latest, as the last pass saw it. */
  readonly expectedStartAt?: Instant;
  /** Number of the attempt, from 1; 0 before the first. */
  readonly attempt: number;
  readonly earlierAttempts: readonly EndedAttempt[];
  readonly allocation?: Allocation;
  /** finished and completing jobs. */
  readonly outcome?: Outcome;
  readonly usage?: Usage;
  /** An end was asked for and is being carried out. */
  readonly ending?: boolean;
  /** Contact with its node is lost. */
  readonly unreachable?: boolean;
}

/** How many elements an array has in each state. */
export interface ArrayCounts {
  readonly size: number;
  readonly limit?: number;
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** A queue with what is in it. */
export interface QueueView extends Queue {
  readonly pending: number;
  readonly running: number;
}

/** A node with what runs on it. */
export interface NodeView extends Node {
  readonly freeCpus: number;
  readonly freeMemoryMib: number;
  readonly running: number;
}

/** What reading the whole database found. */
export interface Examination {
  /** Sentences; empty when all is well. */
  readonly problems: readonly string[];
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** An answer. `asOf` is the time it was true. */
export type View =
  | { readonly kind: 'jobs'; readonly asOf: Instant; readonly jobs: readonly JobView[] }
  | { readonly kind: 'content'; readonly content: JobContent }
  | { readonly kind: 'queues'; readonly queues: readonly QueueView[] }
  | { readonly kind: 'nodes'; readonly nodes: readonly NodeView[] }
  | { readonly kind: 'definitions'; readonly definitions: readonly JobDefinition[] }
  | { readonly kind: 'keys'; readonly keys: readonly AccessKey[] }
  | { readonly kind: 'explanation'; readonly explanation: Explanation }
  | { readonly kind: 'examined'; readonly examination: Examination }
  /** A backup: undefined, or why there is none. */
  | { readonly kind: 'backedUp'; readonly problem: string | undefined }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
