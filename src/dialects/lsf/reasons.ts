// Why a job is pending or suspended, in LSF's phrases. Total over the model's reasons.

import type { PendingReason } from '../../model/pending-reason.ts';
import type { JobView } from '../../model/view.ts';

const PHRASES: Readonly<Record<PendingReason, string>> = {
  new: 'New job is waiting for scheduling',
  heldByUser: 'The job was suspended by the user while pending',
  heldByAdministrator: 'The job was suspended by LSF admin or root while pending',
  beginTime: 'The job has a specified start time',
  dependency: 'Job dependency condition not satisfied',
  dependencyNeverSatisfied: 'Dependency condition invalid or never satisfied',
  arrayLimit: 'The job array has reached its running element limit',
  priority: 'Job slot limit reached',
  resources: "Job's resource requirements not satisfied",
  neverFits: "Not enough processors to meet the job's spanning requirement",
  nodesUnavailable: 'Unable to reach slave batch server',
  queueInactive: 'The queue is inactivated by the administrator',
  queueLimit: 'The queue has reached its job slot limit',
  userLimit: 'The user has reached his/her job slot limit',
  requeued: 'Requeued job is waiting for rescheduling',
  capacityRequested: 'Waiting for the resource connector to provide a host',
};

/** The phrase without its semicolon; undefined for a job that is not pending. */
export function pendingPhrase(view: JobView): string | undefined {
  if (view.state !== 'pending') return undefined;
  if (view.heldBy === 'user') return PHRASES.heldByUser;
  if (view.heldBy === 'administrator') return PHRASES.heldByAdministrator;
  return PHRASES[view.reason ?? 'new'];
}
