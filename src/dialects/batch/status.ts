// Batch's words for states, reasons and ends. Total tables: a new reason or outcome of the model
// does not compile until it has words here. The texts are those that tools match on.

import type { Outcome } from '../../model/outcome.ts';
import { isSuccess } from '../../model/outcome.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { JobStateName } from '../../model/selection.ts';
import type { JobView } from '../../model/view.ts';
import { textOf } from '../../base/byte-text.ts';

export const JOB_STATUSES = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Where a waiting job stands, and why in words. */
const WAITING: Readonly<Record<PendingReason, readonly [JobStatus, string?]>> = {
  new: ['SUBMITTED'],
  heldByUser: ['PENDING', 'Held by its owner'],
  heldByAdministrator: ['PENDING', 'Held by an administrator'],
  beginTime: ['PENDING', 'Begins later'],
  dependency: ['PENDING'],
  dependencyNeverSatisfied: ['PENDING', 'A dependency can never be met'],
  arrayLimit: ['RUNNABLE', 'As many children run as may'],
  priority: ['RUNNABLE'],
  resources: ['RUNNABLE'],
  neverFits: [
    'RUNNABLE',
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - No node could ever hold the job',
  ],
  nodesUnavailable: ['RUNNABLE', 'The nodes that could hold the job are unavailable'],
  queueInactive: ['RUNNABLE', 'The job queue starts no jobs now'],
  queueLimit: ['RUNNABLE', 'The limit of the job queue is reached'],
  userLimit: ['RUNNABLE', 'The limit of the user is reached'],
  requeued: ['RUNNABLE'],
  capacityRequested: ['RUNNABLE', 'An instance has been requested'],
};

const IN_STATE: Readonly<Record<Exclude<JobStateName, 'pending' | 'finished'>, JobStatus>> = {
  starting: 'STARTING',
  running: 'RUNNING',
  completing: 'RUNNING',
};

/**
 * Of a job or a child; an array has its status from its children, and is never RUNNABLE or RUNNING.
 */
export function statusOf(view: JobView): JobStatus {
  if (view.array === undefined || view.element !== undefined) return ownStatusOf(view);
  const { pending, running, succeeded, failed } = view.array;
  if (view.state === 'finished' && running === 0) {
    return failed + pending > 0 ? 'FAILED' : 'SUCCEEDED';
  }
  const begun = running + succeeded + failed > 0;
  return !begun && ownStatusOf(view) === 'SUBMITTED' ? 'SUBMITTED' : 'PENDING';
}

/** How many children an array has in each status; `views` are all there are of it. */
export function statusSummary(
  views: readonly JobView[],
): Readonly<Record<JobStatus, number>> | undefined {
  const counts = views[0]?.array;
  if (counts === undefined) return undefined;
  const summary = { ...NO_CHILDREN, SUCCEEDED: counts.succeeded, FAILED: counts.failed };
  const children = views.filter((view) => view.element !== undefined);
  summary.STARTING = children.filter((view) => view.state === 'starting').length;
  summary.RUNNING = Math.max(0, counts.running - summary.STARTING);
  const rest = views.find((view) => view.element === undefined);
  // What waits when an array has ended never started: it was cancelled.
  summary[rest === undefined ? 'RUNNABLE' : ownStatusOf(rest)] += counts.pending;
  return summary;
}

const NO_CHILDREN: Readonly<Record<JobStatus, number>> = {
  SUBMITTED: 0,
  PENDING: 0,
  RUNNABLE: 0,
  STARTING: 0,
  RUNNING: 0,
  SUCCEEDED: 0,
  FAILED: 0,
};

function ownStatusOf(view: JobView): JobStatus {
  if (view.state === 'pending')
    return view.reason === undefined ? 'SUBMITTED' : WAITING[view.reason][0];
  if (view.state !== 'finished') return IN_STATE[view.state];
  return view.outcome !== undefined && isSuccess(view.outcome) ? 'SUCCEEDED' : 'FAILED';
}

/** The states in which jobs of a status are found. */
export const STATES_OF: Readonly<Record<JobStatus, readonly JobStateName[]>> = {
  SUBMITTED: ['pending'],
  // An array whose children run is PENDING until the last one has ended.
  PENDING: ['pending', 'starting', 'running', 'completing'],
  RUNNABLE: ['pending'],
  STARTING: ['starting'],
  RUNNING: ['running', 'completing'],
  SUCCEEDED: ['finished'],
  FAILED: ['finished'],
};

/** `statusReason` of a job; undefined where there is nothing to say. */
export function statusReasonOf(view: JobView): string | undefined {
  if (view.state === 'pending')
    return view.reason === undefined ? undefined : WAITING[view.reason][1];
  if (view.outcome !== undefined) return wordsOf(view.outcome).statusReason;
  return view.array !== undefined && view.array.failed > 0 ? 'Array Child Job failed' : undefined;
}

/**
 * What is said of an end: of the attempt, of its container, and the exit code as a container has
 * it.
 */
export interface EndWords {
  readonly statusReason: string;
  readonly reason?: string;
  /** Absent: nothing ran. */
  readonly exitCode?: number;
}

const EXITED = 'Essential container in task exited';
/** Said wherever nothing else is: there is no container. */
export const ON_HOST = 'The command ran on the host';
const SIGNAL_BASE = 128;

/** The words of an end. */
export function wordsOf(outcome: Outcome): EndWords {
  switch (outcome.kind) {
    case 'exited':
      return { statusReason: EXITED, reason: ON_HOST, exitCode: exitCodeOf(outcome) };
    case 'cancelled':
      return {
        statusReason: textOf(outcome.why ?? CANCELLED[outcome.by]),
        exitCode: exitCodeOf(outcome),
      };
    case 'timedOut':
      return {
        statusReason: 'Job attempt duration exceeded timeout',
        exitCode: exitCodeOf(outcome),
      };
    case 'outOfMemory':
      return {
        statusReason: EXITED,
        reason: 'OutOfMemoryError: Container killed due to memory usage',
        exitCode: exitCodeOf(outcome) || SIGNAL_BASE + 9,
      };
    case 'nodeFailed':
      return { statusReason: `Host EC2 (instance ${textOf(outcome.node)}) terminated.` };
    case 'launchFailed':
      return { statusReason: 'Task failed to start', reason: launchWords(outcome) };
    case 'neverStarted':
      return {
        statusReason:
          outcome.why === 'dependency' ? 'Dependent Job failed' : 'Deadline passed before a start',
      };
    default:
      return outcome satisfies never;
  }
}

const CANCELLED = {
  owner: 'Cancelled by its owner',
  administrator: 'Cancelled by an administrator',
  system: 'Cancelled by the gateway',
};

/** An end as the patterns of evaluateOnExit see it; what is absent is the empty text. */
export function retryWords(outcome: Outcome): {
  statusReason: string;
  reason: string;
  exitCode: string;
} {
  const { statusReason, reason = '', exitCode } = wordsOf(outcome);
  return { statusReason, reason, exitCode: exitCode === undefined ? '' : String(exitCode) };
}

function exitCodeOf({ exitCode, signal }: { exitCode: number; signal: number }): number {
  return signal === 0 ? exitCode : SIGNAL_BASE + signal;
}

function launchWords({ why, errno, path }: Extract<Outcome, { kind: 'launchFailed' }>): string {
  const file = textOf(path);
  if (why === 'exec')
    return `CannotStartContainerError: exec: "${file}": ${ERRNO[errno] ?? `errno ${errno}`}`;
  return `CannotStartContainerError: ${why} ${file}: ${ERRNO[errno] ?? `errno ${errno}`}`;
}

const ERRNO: Readonly<Record<number, string>> = {
  2: 'no such file or directory',
  8: 'exec format error',
  13: 'permission denied',
  20: 'not a directory',
};
