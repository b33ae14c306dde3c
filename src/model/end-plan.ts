// How a job is ended, step by step. The dialects have their own orders of signals.

/** Which processes of a job a signal reaches. */
export type SignalScope = 'all' | 'script' | 'children';

/** A signal so long after the first of a plan. */
export interface PlannedSignal {
  readonly signal: number;
  readonly afterMs: number;
  readonly scope: SignalScope;
}

/** How a job is ended: signals one after another; behind the last one the whole tree is killed. */
export interface EndPlan {
  readonly signals: readonly PlannedSignal[];
}
