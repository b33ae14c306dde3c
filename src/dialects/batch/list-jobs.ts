// ListJobs: the jobs of a queue, newest first, or the children of an array, by index. Without
// status and filter it lists what is RUNNING. Jobs of all dialects are in it.

import { instant } from '../../base/brand.ts';
import type { JobStateName } from '../../model/selection.ts';
import type { JobView } from '../../model/view.ts';
import { query } from '../kit/dialog.ts';
import { nameIn } from './arn.ts';
import { type BatchCall, clientError, type Exchange, ok } from './call.ts';
import { reference } from './definitions.ts';
import { echoIn } from './echo.ts';
import { jobSummary } from './job-detail.ts';
import { jobReference, parentAmong } from './job-reference.ts';
import { descending, pageOf, type PageRequest } from './paging.ts';
import { type JobStatus, STATES_OF, statusOf } from './status.ts';
import { bytesOf, textOf } from '../../base/byte-text.ts';

/** How long finished jobs are listed, as with AWS. DescribeJobs knows them longer. */
const LISTED_MS = 7 * 24 * 3_600_000;
const BY_STATUS = { default: 1000, maximum: 1000 };
const BY_FILTER = { default: 100, maximum: 100 };
const INDEX_DIGITS = 10;

export const FILTER_NAMES = [
  'JOB_NAME',
  'JOB_DEFINITION',
  'BEFORE_CREATED_AT',
  'AFTER_CREATED_AT',
  'SHARE_IDENTIFIER',
] as const;

/** One filter: any of the values. */
export interface Filter {
  readonly name?: (typeof FILTER_NAMES)[number];
  readonly values?: readonly string[];
}

/** ListJobs' request. */
export interface ListJobs extends PageRequest {
  readonly jobQueue?: string;
  readonly arrayJobId?: string;
  readonly jobStatus?: JobStatus;
  readonly filters?: readonly Filter[];
}

export function* listJobs(asked: ListJobs, call: BatchCall): Exchange {
  if ((asked.jobQueue === undefined) === (asked.arrayJobId === undefined)) {
    return clientError('Exactly one of jobQueue and arrayJobId is required');
  }
  return asked.arrayJobId === undefined
    ? yield* listQueue(nameIn('job-queue', asked.jobQueue ?? ''), asked, call)
    : yield* listChildren(asked.arrayJobId, asked, call);
}

function* listQueue(queue: string, asked: ListJobs, call: BatchCall): Exchange {
  const queues = yield* query({ kind: 'queues' });
  if (queues.kind === 'queues' && !queues.queues.some((one) => textOf(one.name) === queue)) {
    return clientError(`Job queue ${queue.slice(0, 128)} not found`);
  }
  const [filter, second] = asked.filters ?? [];
  if (second !== undefined) return clientError('filters must have at most 1 entry');
  const wanted = filter === undefined ? undefined : wantedBy(filter);
  if (typeof wanted === 'string') return clientError(wanted);
  const status = wanted === undefined ? (asked.jobStatus ?? 'RUNNING') : undefined;
  const view = yield* query({
    kind: 'jobs',
    selection: {
      queues: [bytesOf(queue)],
      ...(status === undefined ? {} : { states: STATES_OF[status] }),
    },
    ...finishedSince(status, call),
  });
  const jobs = view.kind === 'jobs' ? jobsOf(view.jobs) : [];
  const found = jobs.filter(
    (job) => (wanted?.(job) ?? true) && (status ?? statusOf(job)) === statusOf(job),
  );
  const limits = wanted === undefined ? BY_STATUS : BY_FILTER;
  return answer(
    pageOf(found, (job) => descending(job.base), asked, limits),
    call,
  );
}

function* listChildren(arrayJobId: string, asked: ListJobs, call: BatchCall): Exchange {
  const found = jobReference(arrayJobId, call.site);
  if (found === undefined) return clientError(`Array job ${arrayJobId.slice(0, 128)} not found`);
  const status = asked.jobStatus ?? 'RUNNING';
  const states: readonly JobStateName[] = STATES_OF[status];
  const view = yield* query({
    kind: 'jobs',
    selection: { refs: [{ job: found.job }], states },
    expandArrays: true,
    finishedSince: instant(0),
  });
  const children = (view.kind === 'jobs' ? view.jobs : []).filter(
    (job) => job.element !== undefined && statusOf(job) === status,
  );
  const key = (job: JobView) => String(job.element).padStart(INDEX_DIGITS, '0');
  return answer(pageOf(children, key, asked, BY_STATUS), call);
}

function answer(page: ReturnType<typeof pageOf<JobView>>, call: BatchCall) {
  if (page === undefined) return clientError('nextToken is not valid');
  const { items, nextToken } = page;
  return ok({ jobSummaryList: items.map((job) => jobSummary(job, call)), nextToken });
}

/** One view a number: children are in no queue's list. */
function jobsOf(views: readonly JobView[]): JobView[] {
  const arrays = new Map<number, JobView[]>();
  const jobs: JobView[] = [];
  for (const view of views) {
    if (view.array === undefined) jobs.push(view);
    else {
      const children = arrays.get(view.base);
      if (children === undefined) arrays.set(view.base, [view]);
      else children.push(view);
    }
  }
  for (const children of arrays.values()) {
    const parent = parentAmong(children);
    if (parent !== undefined) jobs.push(parent);
  }
  return jobs;
}

function finishedSince(status: JobStatus | undefined, { now }: BatchCall) {
  const finished = status === undefined || STATES_OF[status].includes('finished');
  return finished ? { finishedSince: instant(Math.max(0, now - LISTED_MS)) } : {};
}

/** The test of a filter, or what is wrong with it. */
function wantedBy({ name, values = [] }: Filter): ((job: JobView) => boolean) | string {
  if (name === undefined) return 'filters[0].name is required';
  if (values.length === 0) return 'filters[0].values is required';
  switch (name) {
    case 'JOB_NAME':
      return (job) =>
        values.some((value) => isLike(textOf(job.request.name).toLowerCase(), value.toLowerCase()));
    case 'JOB_DEFINITION':
      return (job) => values.some((value) => isOfDefinition(echoIn(job.request).definition, value));
    case 'SHARE_IDENTIFIER':
      return () => false;
    case 'BEFORE_CREATED_AT':
    case 'AFTER_CREATED_AT': {
      const at = Number(values[0]);
      if (!Number.isSafeInteger(at))
        return 'filters[0].values must be milliseconds since the epoch';
      return name === 'BEFORE_CREATED_AT'
        ? (job) => job.submittedAt < at
        : (job) => job.submittedAt > at;
    }
    default:
      return name satisfies never;
  }
}

/** Only a trailing `*` is special. */
function isLike(text: string, pattern: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

/** A bare name means any revision, an ARN exactly its own. */
function isOfDefinition(definition: string, pattern: string): boolean {
  const { name, revision } = reference(pattern);
  if (revision !== undefined) return definition === `${name}:${revision}`;
  return isLike(reference(definition).name, name);
}
