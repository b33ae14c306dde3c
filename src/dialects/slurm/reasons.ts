// Slurm's words for why a job waits, or ended as it did. Total tables.

import type { Outcome } from '../../model/outcome.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { JobView } from '../../model/view.ts';
import { jobState } from './states.ts';

const PENDING_REASONS: Record<PendingReason, string> = {
  new: 'None',
  heldByUser: 'JobHeldUser',
  heldByAdministrator: 'JobHeldAdmin',
  beginTime: 'BeginTime',
  dependency: 'Dependency',
  dependencyNeverSatisfied: 'DependencyNeverSatisfied',
  arrayLimit: 'JobArrayTaskLimit',
  priority: 'Priority',
  resources: 'Resources',
  neverFits: 'PartitionConfig',
  nodesUnavailable:
    'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions',
  queueInactive: 'PartitionDown',
  queueLimit: 'AssocGrpJobsLimit',
  userLimit: 'AssocMaxJobsLimit',
  requeued: 'BeginTime',
  capacityRequested: 'Resources',
};

const END_REASONS: { [K in Outcome['kind']]: (o: Extract<Outcome, { kind: K }>) => string } = {
  // 22.05 calls a death by signal a launch failure.
  exited: ({ exitCode, signal }) =>
    signal !== 0 ? 'JobLaunchFailure' : exitCode !== 0 ? 'NonZeroExitCode' : 'None',
  cancelled: () => 'None',
  timedOut: () => 'TimeLimit',
  outOfMemory: () => 'OutOfMemory',
  nodeFailed: () => 'NodeDown',
  launchFailed: () => 'JobLaunchFailure',
  neverStarted: ({ why }) => (why === 'dependency' ? 'DependencyNeverSatisfied' : 'DeadLine'),
};

/** squeue's REASON. */
export function reasonOf(view: JobView): string {
  const { outcome } = view;
  if (view.state === 'finished' && outcome !== undefined) {
    // A job cancelled while it waited keeps the reason for which it waited.
    if (outcome.kind === 'cancelled' && view.startedAt === undefined) return waitingReason(view);
    return (END_REASONS[outcome.kind] as (o: Outcome) => string)(outcome);
  }
  if (view.state === 'pending') return waitingReason(view);
  return view.unreachable === true ? 'NodeDown' : 'None';
}

/** States in which squeue's last column shows the reason and not the nodes. */
const SHOWN = ['PENDING', 'TIMEOUT', 'OUT_OF_MEMORY', 'DEADLINE', 'FAILED'];

/** squeue's NODELIST(REASON): the nodes of a job that has or had some, else why not. */
export function nodesOrReason(view: JobView, nodes: string): string {
  return SHOWN.includes(jobState(view).name) ? `(${reasonOf(view)})` : nodes;
}

function waitingReason(view: JobView): string {
  if (view.reason !== undefined) return PENDING_REASONS[view.reason];
  if (view.heldBy === 'user') return PENDING_REASONS.heldByUser;
  if (view.heldBy === 'administrator') return PENDING_REASONS.heldByAdministrator;
  return 'None';
}
