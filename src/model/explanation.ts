// Why a job is where it is, in facts that any dialect could put into words.

import type { Instant } from '../base/brand.ts';
import type { DependencyCondition } from './dependency.ts';
import type { NodeName } from './ids.ts';
import type { JobView } from './view.ts';

/** The whole path of a job. What only a waiting job has is absent for others. */
export interface Explanation {
  readonly job: JobView;
  /** Every condition of its dependency that names a job, with what it says now. */
  readonly conditions: readonly ExplainedCondition[];
  readonly beginAt?: Instant;
  readonly line?: PlaceInLine;
  /** What each node has for it; empty when it does not stand in line. */
  readonly nodes: readonly NodeTest[];
}

/** One condition: `yes` met, `wait` may still be met, `never` cannot be met any more. */
export interface ExplainedCondition {
  readonly condition: DependencyCondition;
  readonly verdict: 'yes' | 'wait' | 'never';
}

/** Where it stands among those that only lack room; an array counts as one. */
export interface PlaceInLine {
  readonly jobsAhead: number;
  readonly queuePriority: number;
  readonly queueActive: boolean;
}

/** What stands in the way on one node; `free`: nothing that the node itself could tell. */
export type NodeTest = { readonly node: NodeName } & (
  | { readonly kind: 'notUp'; readonly state: string }
  | { readonly kind: 'drained'; readonly why: string }
  /** Excluded by the job, or of an environment that the queue does not use. */
  | { readonly kind: 'notAllowed' }
  /** Too small even when empty. */
  | {
      readonly kind: 'tooSmall';
      readonly what: 'cpus' | 'memoryMib';
      readonly has: number;
      readonly needs: number;
    }
  | {
      readonly kind: 'busy';
      readonly what: 'cpus' | 'memoryMib';
      readonly free: number;
      readonly needs: number;
    }
  | { readonly kind: 'notEmpty'; readonly running: number }
  | { readonly kind: 'free' }
);
