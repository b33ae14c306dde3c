// The real @aws-sdk/client-batch against the real HTTP door. The gateway behind it is scripted.

import {
  CancelJobCommand,
  ClientException,
  CreateJobQueueCommand,
  DeregisterJobDefinitionCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  ListTagsForResourceCommand,
  paginateListJobs,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TagResourceCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instant } from '../../src/base/brand.ts';
import { jobId, nodeName } from '../../src/model/ids.ts';
import { NO_USAGE } from '../../src/model/outcome.ts';
import { type RunningDoor, startBatchDoor } from '../support/batch-door.ts';

let running: RunningDoor;
beforeAll(async () => {
  running = await startBatchDoor();
});
afterAll(async () => {
  await running.stop();
});

const CONTAINER = {
  image: 'busybox',
  command: ['echo', 'Ref::input', 'Ref::in'],
  resourceRequirements: [
    { type: 'VCPU' as const, value: '2' },
    { type: 'MEMORY' as const, value: '512' },
  ],
  environment: [{ name: 'COLOUR', value: 'grün' }],
};

test('a job is defined, submitted, seen, listed and terminated', async () => {
  const alice = running.client('SPWYALICE');
  const registered = await alice.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'hello',
      type: 'container',
      containerProperties: CONTAINER,
      parameters: { in: 'short', input: 'long' },
      tags: { team: 'blue' },
    }),
  );
  expect(registered.revision).toBe(1);
  expect(registered.jobDefinitionArn).toBe(
    'arn:aws:batch:eu-central-1:000000000000:job-definition/hello:1',
  );
  const { jobId: id, jobArn } = await alice.send(
    new SubmitJobCommand({
      jobName: 'first',
      jobQueue: 'normal',
      jobDefinition: 'hello',
      containerOverrides: { environment: [{ name: 'SIZE', value: '3' }] },
      retryStrategy: {
        attempts: 3,
        evaluateOnExit: [{ onExitCode: '7', action: 'exit' as 'EXIT' }],
      },
      timeout: { attemptDurationSeconds: 90 },
      tags: { run: 'one' },
    }),
  );
  expect(id).toBe('01234567-89ab-8cde-8f00-000000000001');
  const { jobs } = await alice.send(new DescribeJobsCommand({ jobs: [id ?? '', 'no-such-id'] }));
  expect(jobs).toHaveLength(1);
  expect(jobs?.[0]).toMatchObject({
    jobName: 'first',
    status: 'RUNNABLE',
    jobDefinition: 'arn:aws:batch:eu-central-1:000000000000:job-definition/hello:1',
    container: {
      image: 'busybox',
      command: ['echo', 'long', 'short'],
      environment: [
        { name: 'COLOUR', value: 'grün' },
        { name: 'SIZE', value: '3' },
      ],
    },
    retryStrategy: { attempts: 3, evaluateOnExit: [{ action: 'EXIT', onExitCode: '7' }] },
    timeout: { attemptDurationSeconds: 90 },
    tags: { run: 'one' },
  });
  expect((await alice.send(new ListTagsForResourceCommand({ resourceArn: jobArn }))).tags).toEqual({
    run: 'one',
  });
  const view = running.gateway.view(1);
  running.gateway.change(jobId(1), {
    ...view,
    state: 'running',
    attempt: 1,
    startedAt: instant(view.submittedAt + 5),
    allocation: [{ node: nodeName('n1'), cpus: 2, memoryMib: 512, tasks: 1 }],
  });
  const listed = await alice.send(new ListJobsCommand({ jobQueue: 'normal' }));
  expect(listed.jobSummaryList).toMatchObject([
    { jobId: id, status: 'RUNNING', startedAt: view.submittedAt + 5 },
  ]);
  await alice.send(new TerminateJobCommand({ jobId: id, reason: 'enough' }));
  expect(running.gateway.received.at(-1)?.command).toMatchObject({
    kind: 'cancelJobs',
    why: 'enough',
    selection: { refs: [{ job: 1 }] },
  });
});

test("another user's command and environment are hidden, and it cannot be terminated", async () => {
  const bob = running.client('SPWYBOB');
  const id = '01234567-89ab-8cde-8f00-000000000001';
  const { jobs } = await bob.send(new DescribeJobsCommand({ jobs: [id] }));
  expect(jobs?.[0]?.container).toMatchObject({ command: [], environment: [] });
  expect(jobs?.[0]?.container?.logStreamName).toBeUndefined();
  expect(jobs?.[0]?.parameters).toEqual({});
  await expect(
    bob.send(new TerminateJobCommand({ jobId: id, reason: 'mine' })),
  ).rejects.toMatchObject({
    name: 'AccessDeniedException',
    $metadata: { httpStatusCode: 403 },
  });
  await expect(
    bob.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'hello',
        type: 'container',
        containerProperties: CONTAINER,
      }),
    ),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('an array is shown with its summary, its children by index, and pages are complete', async () => {
  const alice = running.client('SPWYALICE');
  const submitted = await alice.send(
    new SubmitJobCommand({
      jobName: 'many',
      jobQueue: 'normal',
      jobDefinition: 'hello:1',
      arrayProperties: { size: 5 },
      dependsOn: [{ type: 'SEQUENTIAL' }, { jobId: '01234567-89ab-8cde-8f00-000000000001' }],
    }),
  );
  const array = submitted.jobId ?? '';
  const parent = running.gateway.view(2);
  const counts = { size: 5, pending: 2, running: 1, succeeded: 1, failed: 1 };
  const { waiting: _waiting, ...child } = {
    ...parent,
    array: counts,
    attempt: 1,
    startedAt: parent.submittedAt,
  };
  const ended = { state: 'finished', endedAt: parent.submittedAt, usage: NO_USAGE } as const;
  running.gateway.change(
    jobId(2),
    { ...parent, array: counts, waiting: [{ first: 3, count: 2, step: 1 }], reason: 'resources' },
    {
      ...child,
      id: jobId(3),
      element: 0,
      ...ended,
      outcome: { kind: 'exited', exitCode: 0, signal: 0 },
    },
    {
      ...child,
      id: jobId(4),
      element: 1,
      ...ended,
      outcome: { kind: 'exited', exitCode: 0, signal: 11 },
    },
    { ...child, id: jobId(5), element: 2, state: 'running' },
  );
  const { jobs } = await alice.send(
    new DescribeJobsCommand({ jobs: [`${array}:4`, array, `${array}:1`, `${array}:9`] }),
  );
  expect(jobs?.map((job) => [job.jobId, job.status])).toEqual([
    [`${array}:4`, 'RUNNABLE'],
    [array, 'PENDING'],
    [`${array}:1`, 'FAILED'],
  ]);
  expect(jobs?.[1]?.arrayProperties).toMatchObject({
    size: 5,
    statusSummary: { RUNNABLE: 2, RUNNING: 1, SUCCEEDED: 1, FAILED: 1, PENDING: 0 },
  });
  expect(jobs?.[2]).toMatchObject({
    arrayProperties: { index: 1 },
    statusReason: 'Essential container in task exited',
    container: { exitCode: 139, logStreamName: 'hello/default/4.1' },
    attempts: [{ container: { exitCode: 139 } }],
  });
  const failed = await alice.send(new ListJobsCommand({ arrayJobId: array, jobStatus: 'FAILED' }));
  expect(failed.jobSummaryList?.map((job) => job.jobId)).toEqual([`${array}:1`]);
  const names: (string | undefined)[] = [];
  const filters = [{ name: 'JOB_NAME', values: ['*'] }];
  for await (const page of paginateListJobs(
    { client: alice, pageSize: 1 },
    { jobQueue: 'normal', filters },
  )) {
    expect(page.jobSummaryList?.length).toBeLessThanOrEqual(1);
    names.push(...(page.jobSummaryList ?? []).map((job) => job.jobName));
  }
  expect(names).toEqual(['many', 'first']);
});

test('queues and environments are described, and unknown ones left out', async () => {
  const alice = running.client('SPWYALICE');
  const queues = await alice.send(new DescribeJobQueuesCommand({}));
  expect(queues.jobQueues).toMatchObject([
    { jobQueueName: 'normal', state: 'ENABLED', priority: 30 },
  ]);
  expect(
    (await alice.send(new DescribeJobQueuesCommand({ jobQueues: ['none'] }))).jobQueues,
  ).toEqual([]);
  const environments = await alice.send(new DescribeComputeEnvironmentsCommand({}));
  expect(environments.computeEnvironments).toMatchObject([
    { computeEnvironmentName: 'local', status: 'VALID' },
  ]);
});

test('definitions have revisions, and a deregistered one is refused', async () => {
  const alice = running.client('SPWYALICE');
  const define = () =>
    alice.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'steps',
        type: 'container',
        containerProperties: { image: 'x', vcpus: 1, memory: 64, command: ['true'] },
      }),
    );
  await define();
  expect((await define()).revision).toBe(2);
  await alice.send(new DeregisterJobDefinitionCommand({ jobDefinition: 'steps:2' }));
  const active = await alice.send(
    new DescribeJobDefinitionsCommand({ jobDefinitionName: 'steps', status: 'ACTIVE' }),
  );
  expect(active.jobDefinitions?.map((one) => one.revision)).toEqual([1]);
  const submit = (jobDefinition: string) =>
    alice.send(new SubmitJobCommand({ jobName: 'j', jobQueue: 'normal', jobDefinition }));
  await expect(submit('steps:2')).rejects.toBeInstanceOf(ClientException);
  await expect(submit('steps')).resolves.toMatchObject({ jobName: 'j' });
});

test('what AWS has and we do not answers ClientException by name', async () => {
  const alice = running.client('SPWYALICE');
  await expect(
    alice.send(
      new CreateJobQueueCommand({ jobQueueName: 'q', priority: 1, computeEnvironmentOrder: [] }),
    ),
  ).rejects.toMatchObject({
    name: 'ClientException',
    message: 'CreateJobQueue is not supported by this gateway yet',
  });
  const resourceArn = 'arn:aws:batch:eu-central-1:000000000000:job-queue/normal';
  await expect(
    alice.send(new TagResourceCommand({ resourceArn, tags: { a: 'b' } })),
  ).rejects.toBeInstanceOf(ClientException);
  await expect(
    alice.send(new SubmitJobCommand({ jobName: 'j', jobQueue: 'none', jobDefinition: 'hello' })),
  ).rejects.toThrow('Job queue none not found');
});

test('a job that nobody knows is cancelled without a complaint', async () => {
  const alice = running.client('SPWYALICE');
  for (const id of [
    '00000000-0000-0000-0000-000000000000',
    '01234567-89ab-8cde-8f00-000000000999',
  ]) {
    const answer = await alice.send(new CancelJobCommand({ jobId: id, reason: 'x' }));
    expect(answer.$metadata.httpStatusCode).toBe(200);
  }
});
