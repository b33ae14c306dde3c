// What a job waits for, with names already resolved to jobs. Dialect words stay in the dialects.

import type { JobId } from './ids.ts';

/**
 * A condition on one job: the whole of it, one element, or (`sameIndex`) the element of the own
 * index.
 */
export interface DependencyCondition {
  readonly kind: 'condition';
  readonly job: JobId;
  readonly element?: number;
  readonly sameIndex?: true;
  readonly when: DependencyWhen;
  /** `exitCode` and the counts compare with this. */
  readonly compare?: { readonly operator: Comparison; readonly value: number };
  /** `started`: this long after the start, in milliseconds. */
  readonly delayMs?: number;
}

/**
 * `succeeded` exit 0 · `failed` ended otherwise · `ended` either · `started` has begun (or was
 * cancelled before) · `exitCode` failed with a code that compares · `count…` the number of elements
 * in a state compares.
 */
export type DependencyWhen =
  | 'succeeded'
  | 'failed'
  | 'ended'
  | 'started'
  | 'exitCode'
  | 'countSucceeded'
  | 'countFailed'
  | 'countEnded'
  | 'countHeld'
  | 'countPending'
  | 'countRunning'
  | 'countStarted';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * Conditions joined by and, or, not; `singleton` waits for older jobs of the same name and user.
 */
export type Dependency =
  | DependencyCondition
  | { readonly kind: 'singleton' }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Dependency[] }
  | { readonly kind: 'not'; readonly of: Dependency };

/** Every job that a dependency names. */
export function jobsNamed(dependency: Dependency, found = new Set<JobId>()): Set<JobId> {
  if (dependency.kind === 'condition') found.add(dependency.job);
  else if (dependency.kind === 'not') jobsNamed(dependency.of, found);
  else if (dependency.kind !== 'singleton')
    for (const part of dependency.of) jobsNamed(part, found);
  return found;
}

/** Whether some part of it waits for older jobs of the same name. */
export function hasSingleton(dependency: Dependency | undefined): boolean {
  if (dependency === undefined || dependency.kind === 'condition') return false;
  if (dependency.kind === 'not') return hasSingleton(dependency.of);
  return dependency.kind === 'singleton' || dependency.of.some(hasSingleton);
}

/** The longest wait after a start that a condition asks for; 0: none. */
export function longestDelayMs(dependency: Dependency): number {
  if (dependency.kind === 'condition') return dependency.delayMs ?? 0;
  if (dependency.kind === 'not') return longestDelayMs(dependency.of);
  if (dependency.kind === 'singleton') return 0;
  return dependency.of.reduce((longest, part) => Math.max(longest, longestDelayMs(part)), 0);
}
