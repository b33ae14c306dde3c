// CloudWatch Logs for Batch's clients: the output of one's own attempts that have no file. Lines
// are not dated where they are written: each has the time at which its attempt started.

import { type Instant, instant } from '../../base/brand.ts';
import { type JobId, JOB_ID_MAX, jobId } from '../../model/ids.ts';
import type { JobView } from '../../model/view.ts';
import { type OutputPart, query } from '../kit/dialog.ts';
import { type BatchCall, type Exchange, isOwn, ok, type Reply } from './call.ts';
import { logStreamOf } from './job-detail.ts';
import { linesIn, PAGE_BYTES, PAGE_LINES, placeOf } from './log-lines.ts';
import { operation, type OperationRow } from './operation.ts';
import { pageOf } from './paging.ts';
import { accepted, flag, full, integer, required, text, word } from './shape.ts';

/** The group of all job logs in AWS. */
const GROUP = '/aws/batch/job';
const GROUP_NAME = full(text(512));
const STREAM_PAGE = { default: 50, maximum: 50 };
const TIME = full(integer(0, Number.MAX_SAFE_INTEGER));

/** What of CloudWatch Logs is served. */
export const LOG_OPERATIONS: readonly OperationRow[] = [
  operation(
    'GetLogEvents',
    {
      logGroupName: GROUP_NAME,
      logStreamName: required(text(512)),
      startTime: TIME,
      endTime: TIME,
      nextToken: full(text(64)),
      limit: full(integer(1, PAGE_LINES)),
      startFromHead: full(flag),
    },
    getLogEvents,
  ),
  operation(
    'DescribeLogStreams',
    {
      logGroupName: GROUP_NAME,
      logStreamNamePrefix: full(text(512)),
      orderBy: accepted(word(['LogStreamName', 'LastEventTime']), 'always by name'),
      descending: accepted(flag, 'always ascending'),
      limit: full(integer(1, 50)),
      nextToken: full(text(1024)),
    },
    describeLogStreams,
  ),
];

const TARGET = 'Logs_20140328.';

/** The operation that an X-Amz-Target header names. */
export function logOperationAt(target: string): OperationRow | undefined {
  return LOG_OPERATIONS.find(({ name }) => target === `${TARGET}${name}`);
}

interface EventsRequest {
  readonly logGroupName?: string;
  readonly logStreamName: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

function* getLogEvents(asked: EventsRequest, call: BatchCall): Exchange {
  if (!isGroup(asked.logGroupName)) return noSuch('log group');
  const found = yield* attemptOf(asked.logStreamName, call);
  if (found === undefined) return noSuch('log stream');
  const { nextToken, startFromHead, limit: most = PAGE_LINES } = asked;
  const begin = startFromHead === true ? { from: 0 } : { until: undefined };
  const place = nextToken === undefined ? begin : placeOf(nextToken);
  if (place === undefined) return invalid('The specified nextToken is invalid.');
  const { view, attempt, startedAt, grows } = found;
  const part = (yield {
    kind: 'readOutput',
    job: view.id,
    attempt,
    uid: view.owner.uid,
    part: place,
    mostBytes: PAGE_BYTES,
  }) as OutputPart | undefined;
  if (part === undefined) return page([], nextToken, { from: 0, until: 0 });
  const lines = linesIn(part, { which: 'from' in place ? 'first' : 'last', most, grows });
  const { startTime = 0, endTime = Number.MAX_SAFE_INTEGER } = asked;
  const isWithin = startedAt >= startTime && startedAt < endTime;
  const event = (message: string) => ({ timestamp: startedAt, ingestionTime: startedAt, message });
  return page(isWithin ? lines.texts.map(event) : [], nextToken, lines);
}

/** At an end the same token comes again: so clients know that there is no more. */
function page(
  events: readonly object[],
  token: string | undefined,
  { from, until }: { readonly from: number; readonly until: number },
): Reply {
  const isOver = events.length === 0 && token !== undefined;
  return ok({
    events,
    nextForwardToken: isOver && token.startsWith('f') ? token : `f/${until}`,
    nextBackwardToken: isOver && token.startsWith('b') ? token : `b/${from}`,
  });
}

interface FoundAttempt {
  readonly view: JobView;
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly grows: boolean;
}

/** The attempt that the last part of a stream's name names, if the caller may see its output. */
function* attemptOf(name: string, call: BatchCall): Exchange<FoundAttempt | undefined> {
  const [, digits, count] = /(?:^|\/)([0-9]{1,10})\.([0-9]{1,10})$/.exec(name) ?? [];
  const job = Number(digits);
  if (!(job >= 1 && job <= JOB_ID_MAX)) return undefined;
  const views = yield* ownViews({ refs: [{ job: jobId(job) }] }, call);
  const view = views.find(({ id }) => id === job);
  const attempt = Number(count);
  if (view === undefined || attempt < 1 || attempt > view.attempt) return undefined;
  const earlier = view.earlierAttempts.find((one) => one.attempt === attempt);
  const startedAt = (earlier ?? view).startedAt ?? view.submittedAt;
  return { view, attempt, startedAt, grows: earlier === undefined && view.state === 'running' };
}

function* ownViews(
  selection: { readonly refs?: readonly { readonly job: JobId }[]; readonly users?: string[] },
  call: BatchCall,
): Exchange<readonly JobView[]> {
  const asked = { kind: 'jobs' as const, selection, finishedSince: instant(0), expandArrays: true };
  const view = yield* query(asked);
  if (view.kind !== 'jobs') return [];
  return view.jobs.filter((job) => isOwn(job.owner.uid, call) && hasLog(job));
}

/** Jobs of Slurm have a file, those of LSF a file or a mail. */
function hasLog({ request, attempt }: JobView): boolean {
  const { dialect, streams } = request;
  return attempt > 0 && (dialect === 'batch' || dialect === 'grpc') && streams.stdout === undefined;
}

interface StreamsRequest {
  readonly logGroupName?: string;
  readonly logStreamNamePrefix?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

function* describeLogStreams(asked: StreamsRequest, call: BatchCall): Exchange {
  const { logGroupName, logStreamNamePrefix = '', limit, nextToken } = asked;
  if (!isGroup(logGroupName)) return noSuch('log group');
  const views = yield* ownViews({ users: [call.identity.user] }, call);
  const streams = views
    .map((view) => ({ name: logStreamOf(view), at: view.startedAt ?? view.submittedAt }))
    .filter(({ name }) => name.startsWith(logStreamNamePrefix));
  const request = {
    ...(limit === undefined ? {} : { maxResults: limit }),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
  const shown = pageOf(streams, ({ name }) => name, request, STREAM_PAGE);
  if (shown === undefined) return invalid('The specified nextToken is invalid.');
  return ok({
    logStreams: shown.items.map(({ name, at }) => ({
      logStreamName: name,
      creationTime: at,
      firstEventTimestamp: at,
      storedBytes: 0,
    })),
    nextToken: shown.nextToken,
  });
}

function isGroup(name: string | undefined): boolean {
  return name === undefined || name === GROUP;
}

function noSuch(what: string): Reply {
  const message = `The specified ${what} does not exist.`;
  return { kind: 'error', status: 400, type: 'ResourceNotFoundException', message };
}

function invalid(message: string): Reply {
  return { kind: 'error', status: 400, type: 'InvalidParameterException', message };
}
