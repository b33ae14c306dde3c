// A job as DescribeJobs and ListJobs show it. Jobs of the other dialects are shown too: their
// command as it was submitted, their image as `host`, and a definition by the name of their
// dialect.

import type { EndedAttempt, Outcome } from '../../model/outcome.ts';
import type { JobView } from '../../model/view.ts';
import { arn } from './arn.ts';
import { type BatchCall, isOwn } from './call.ts';
import { type Echo, echoIn } from './echo.ts';
import type { Variable } from './environment.ts';
import { batchIdOf } from './job-reference.ts';
import {
  type EndWords,
  ON_HOST,
  statusOf,
  statusReasonOf,
  statusSummary,
  wordsOf,
} from './status.ts';
import { textOf } from '../../base/byte-text.ts';

/** Lists of a container that are there even when empty: clients read them without looking. */
const EMPTY_LISTS = {
  volumes: [],
  mountPoints: [],
  ulimits: [],
  networkInterfaces: [],
  secrets: [],
};

/** What DescribeJobs knows of one job. */
export interface Described {
  readonly view: JobView;
  /** All views of the same number. */
  readonly siblings: readonly JobView[];
  readonly environment: readonly Variable[];
}

/** JobDetail; members that are undefined are left out of the JSON. */
export function jobDetail({ view, siblings, environment }: Described, call: BatchCall): object {
  const echo = echoIn(view.request);
  const own = isOwn(view.owner.uid, call);
  const { retry } = view.request;
  const jobId = batchIdOf(view, call.site);
  return {
    ...common(view, echo, call),
    jobQueue: arn('job-queue', textOf(view.request.queue), call.region),
    attempts: attemptsOf(view).map((attempt) =>
      shownAttempt(attempt, view, own ? echo : undefined),
    ),
    dependsOn: echo.dependsOn ?? [],
    parameters: own ? echo.parameters : {},
    container: containerOf(view, echo, own ? { environment } : undefined),
    ...(view.array === undefined ? {} : { arrayProperties: arrayOf(view, siblings, call) }),
    ...timeoutOf(view),
    ...(retry === undefined
      ? {}
      : {
          retryStrategy: {
            attempts: retry.attempts,
            evaluateOnExit: retry.evaluateOnExit.map(({ action, ...rule }) => ({
              ...rule,
              action: action.toUpperCase(),
            })),
          },
        }),
    schedulingPriority: view.request.userPriority,
    tags: jobId.includes(':') ? {} : echo.tags,
    propagateTags: echo.propagateTags,
    platformCapabilities: echo.platformCapabilities,
    ...endedBy(view),
  };
}

/** JobSummary. */
export function jobSummary(view: JobView, call: BatchCall): object {
  const { exitCode, reason } = endWords(view, isOwn(view.owner.uid, call));
  const { array, element } = view;
  return {
    ...common(view, echoIn(view.request), call),
    container: { exitCode, reason },
    ...(array === undefined
      ? {}
      : {
          arrayProperties:
            element === undefined ? { size: array.size } : { size: array.size, index: element },
        }),
  };
}

function common(view: JobView, { definition }: Echo, call: BatchCall) {
  const jobId = batchIdOf(view, call.site);
  return {
    jobArn: arn('job', jobId, call.region),
    jobId,
    jobName: textOf(view.request.name),
    jobDefinition: arn('job-definition', definition, call.region),
    status: statusOf(view),
    statusReason: statusReasonOf(view),
    createdAt: view.submittedAt,
    startedAt: view.startedAt,
    stoppedAt: view.state === 'finished' ? view.endedAt : undefined,
  };
}

/** The ended attempts, the last one too. */
function attemptsOf(view: JobView): EndedAttempt[] {
  const { outcome, startedAt, endedAt, usage } = view;
  const attempts = [...view.earlierAttempts];
  const known = attempts.some((each) => each.attempt === view.attempt);
  if (view.state === 'finished' && view.attempt > 0 && !known && outcome && endedAt && usage) {
    const nodes = (view.allocation ?? []).map((one) => one.node);
    attempts.push({ attempt: view.attempt, startedAt, endedAt, nodes, outcome, usage });
  }
  return attempts;
}

/** `echo` only for whom the job belongs to. */
function shownAttempt(attempt: EndedAttempt, view: JobView, echo: Echo | undefined): object {
  const { statusReason, reason, exitCode } = endWords(attempt, echo !== undefined);
  return {
    container: {
      exitCode,
      reason,
      ...(echo === undefined ? {} : { logStreamName: logStream(view, echo, attempt.attempt) }),
      networkInterfaces: [],
    },
    startedAt: attempt.startedAt,
    stoppedAt: attempt.endedAt,
    statusReason,
  };
}

function containerOf(
  view: JobView,
  echo: Echo,
  own: { readonly environment: readonly Variable[] } | undefined,
): object {
  const { request } = view;
  const { exitCode, reason } = endWords(view, own !== undefined);
  const words =
    request.launch === 'exec' ? request.arguments : [request.command, ...request.arguments];
  return {
    ...EMPTY_LISTS,
    ...echo.container,
    command: own === undefined ? [] : words.map(textOf),
    environment: own?.environment ?? [],
    exitCode,
    reason: reason ?? (view.attempt > 0 && view.outcome === undefined ? ON_HOST : undefined),
    ...(own !== undefined && view.attempt > 0
      ? { logStreamName: logStream(view, echo, view.attempt) }
      : {}),
  };
}

/** Where the output of a job's last attempt can be read. */
export function logStreamOf(view: JobView): string {
  return logStream(view, echoIn(view.request), view.attempt);
}

/** The attempt's directory on its node is called by the last part. */
function logStream(view: JobView, { definition }: Echo, attempt: number): string {
  return `${definition.slice(0, definition.lastIndexOf(':'))}/default/${view.id}.${attempt}`;
}

/**
 * What follows the first word of a reason can name the program, which is the owner's alone to see.
 */
function endWords({ outcome }: { readonly outcome?: Outcome }, own: boolean): Partial<EndWords> {
  const words: Partial<EndWords> = outcome === undefined ? {} : wordsOf(outcome);
  const { reason } = words;
  return own || reason === undefined ? words : { ...words, reason: reason.replace(/:.*/s, '') };
}

function arrayOf(view: JobView, siblings: readonly JobView[], call: BatchCall): object {
  const size = view.array?.size;
  if (view.element !== undefined) return { size, index: view.element };
  return { size, statusSummary: statusSummary(siblings), statusSummaryLastUpdatedAt: call.now };
}

function timeoutOf({ request }: JobView): object {
  const { wallTimeMs } = request.limits;
  return wallTimeMs === undefined
    ? {}
    : { timeout: { attemptDurationSeconds: Math.ceil(wallTimeMs / 1000) } };
}

function endedBy({ outcome, startedAt }: JobView) {
  const ended = outcome?.kind === 'cancelled';
  return {
    isCancelled: ended && startedAt === undefined,
    isTerminated: ended && startedAt !== undefined,
  };
}
