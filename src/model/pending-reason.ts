// Why a job does not run yet. A closed list: each dialect has its words for every one.

export type PendingReason =
  /** Not looked at since it was submitted. */
  | 'new'
  | 'heldByUser'
  | 'heldByAdministrator'
  | 'beginTime'
  | 'dependency'
  | 'dependencyNeverSatisfied'
  | 'arrayLimit'
  /** Would fit, but jobs before it wait. */
  | 'priority'
  /** First in line; not enough is free. */
  | 'resources'
  /** No node, busy or not, could ever hold it. */
  | 'neverFits'
  /** The nodes that could hold it are down, drained or not yet there. */
  | 'nodesUnavailable'
  | 'queueInactive'
  | 'queueLimit'
  | 'userLimit'
  /** Ran before and waits to run again. */
  | 'requeued'
  /** A node is being bought for it. */
  | 'capacityRequested';
