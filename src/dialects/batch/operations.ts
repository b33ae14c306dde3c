// The 45 operations of AWS Batch: what each takes, what runs it, and which this gateway does not
// have.

import { type BatchCall, clientError, type Exchange } from './call.ts';
import {
  deregisterJobDefinition,
  describeJobDefinitions,
  registerJobDefinition,
} from './definitions.ts';
import { describeJobs, listTagsForResource } from './describe-jobs.ts';
import { describeComputeEnvironments, describeJobQueues } from './describe-queues.ts';
import { cancelJob, terminateJob } from './end-jobs.ts';
import { FILTER_NAMES, listJobs } from './list-jobs.ts';
import { JOB_ID, NAME, NAME_OR_ARN, REGISTER, SUBMIT } from './members.ts';
import { operation, type OperationRow } from './operation.ts';
import { full, integer, list, object, refused, required, text, word } from './shape.ts';
import { JOB_STATUSES } from './status.ts';
import { submitJob } from './submit-job.ts';

const PAGED = { maxResults: full(integer(1, 1000)), nextToken: full(text(1024)) };
const REASON = required(text(1024, /./s, 'must not be empty'));
const NAMES = full(list(NAME_OR_ARN, 1000));

const SERVED: readonly OperationRow[] = [
  operation('RegisterJobDefinition', REGISTER, registerJobDefinition),
  operation(
    'DescribeJobDefinitions',
    {
      jobDefinitions: NAMES,
      jobDefinitionName: full(NAME),
      status: full(word(['ACTIVE', 'INACTIVE'])),
      ...PAGED,
    },
    describeJobDefinitions,
  ),
  operation(
    'DeregisterJobDefinition',
    { jobDefinition: required(NAME_OR_ARN) },
    deregisterJobDefinition,
  ),
  operation('SubmitJob', SUBMIT, submitJob),
  operation('DescribeJobs', { jobs: required(list(JOB_ID, 100)) }, describeJobs),
  operation(
    'ListJobs',
    {
      jobQueue: full(NAME_OR_ARN),
      arrayJobId: full(JOB_ID),
      multiNodeJobId: refused('multi-node jobs'),
      jobStatus: full(word(JOB_STATUSES)),
      filters: full(
        list(object({ name: full(word(FILTER_NAMES)), values: full(list(text(512), 100)) }), 10),
      ),
      ...PAGED,
    },
    listJobs,
  ),
  operation('CancelJob', { jobId: required(JOB_ID), reason: REASON }, cancelJob),
  operation('TerminateJob', { jobId: required(JOB_ID), reason: REASON }, terminateJob),
  operation('DescribeJobQueues', { jobQueues: NAMES, ...PAGED }, describeJobQueues),
  operation(
    'DescribeComputeEnvironments',
    { computeEnvironments: NAMES, ...PAGED },
    describeComputeEnvironments,
  ),
  operation('ListTagsForResource', { resourceArn: required(text(512)) }, listTagsForResource),
];

const REFUSED = `
  CreateComputeEnvironment UpdateComputeEnvironment DeleteComputeEnvironment CreateJobQueue UpdateJobQueue
  DeleteJobQueue TagResource UntagResource CreateSchedulingPolicy DescribeSchedulingPolicies
  ListSchedulingPolicies UpdateSchedulingPolicy DeleteSchedulingPolicy CreateConsumableResource
  DescribeConsumableResource ListConsumableResources UpdateConsumableResource DeleteConsumableResource
  ListJobsByConsumableResource GetJobQueueSnapshot CreateQuotaShare CreateServiceEnvironment DeleteQuotaShare
  DeleteServiceEnvironment DescribeQuotaShare DescribeServiceEnvironments DescribeServiceJob ListQuotaShares
  ListServiceJobs SubmitServiceJob TerminateServiceJob UpdateQuotaShare UpdateServiceEnvironment UpdateServiceJob`;

/** All of them. */
export const OPERATIONS: readonly OperationRow[] = [
  ...SERVED,
  ...REFUSED.trim()
    .split(/\s+/)
    .map((name) => ({ name, members: {} })),
];

/** The last part of the path of a POST is the operation's name in lower case. */
const BY_PATH = new Map(OPERATIONS.map((row) => [row.name.toLowerCase(), row]));
const TAGS_PREFIX = '/v1/tags/';
const TAG_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'listtagsforresource',
  POST: 'tagresource',
  DELETE: 'untagresource',
};

/** The operation that a method and path name; `resourceArn` is still percent-encoded. */
export function operationAt(
  method: string,
  path: string,
): { readonly row: OperationRow; readonly resourceArn?: string } | undefined {
  if (path.startsWith(TAGS_PREFIX)) {
    const row = BY_PATH.get(TAG_OPERATIONS[method] ?? '');
    return row === undefined ? undefined : { row, resourceArn: path.slice(TAGS_PREFIX.length) };
  }
  const row =
    method === 'POST' && path.startsWith('/v1/')
      ? BY_PATH.get(path.slice('/v1/'.length))
      : undefined;
  return row === undefined ? undefined : { row };
}

/** Begins an operation; every refused one answers by its name. */
export function* perform(row: OperationRow, body: unknown, call: BatchCall): Exchange {
  if (row.start === undefined)
    return clientError(`${row.name} is not supported by this gateway yet`);
  return yield* row.start(body, call);
}
