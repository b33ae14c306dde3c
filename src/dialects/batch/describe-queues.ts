// DescribeJobQueues and DescribeComputeEnvironments: read only; the configuration makes them.

import type { QueueView } from '../../model/view.ts';
import { query } from '../kit/dialog.ts';
import { arn, nameIn } from './arn.ts';
import { type BatchCall, clientError, type Exchange, ok } from './call.ts';
import { pageOf, type PageRequest } from './paging.ts';
import { textOf } from '../../base/byte-text.ts';

const PAGE = { default: 100, maximum: 100 };

/** DescribeJobQueues' request. */
export interface DescribeQueues extends PageRequest {
  readonly jobQueues?: readonly string[];
}

/** The queues, or those named, by name. */
export function* describeJobQueues(asked: DescribeQueues, call: BatchCall): Exchange {
  const view = yield* query({ kind: 'queues' });
  const wanted = asked.jobQueues?.map((name) => nameIn('job-queue', name));
  const queues = (view.kind === 'queues' ? view.queues : []).filter(
    (queue) => wanted?.includes(textOf(queue.name)) ?? true,
  );
  const page = pageOf(queues, (queue) => queue.name, asked, PAGE);
  if (page === undefined) return clientError('nextToken is not valid');
  const { items, nextToken } = page;
  return ok({ jobQueues: items.map((queue) => shownQueue(queue, call)), nextToken });
}

function shownQueue(queue: QueueView, { region }: BatchCall): object {
  const name = textOf(queue.name);
  return {
    jobQueueName: name,
    jobQueueArn: arn('job-queue', name, region),
    state: queue.open ? 'ENABLED' : 'DISABLED',
    status: 'VALID',
    statusReason: queue.active ? 'JobQueue Healthy' : 'The queue starts no jobs now',
    priority: queue.priority,
    computeEnvironmentOrder: queue.environments.map((environment, i) => ({
      order: i + 1,
      computeEnvironment: arn('compute-environment', environment, region),
    })),
    jobQueueType: 'ECS',
    tags: {},
  };
}

/** DescribeComputeEnvironments' request. */
export interface DescribeEnvironments extends PageRequest {
  readonly computeEnvironments?: readonly string[];
}

/** Environments are those that a queue or a node names. */
export function* describeComputeEnvironments(
  asked: DescribeEnvironments,
  call: BatchCall,
): Exchange {
  const queues = yield* query({ kind: 'queues' });
  const nodes = yield* query({ kind: 'nodes' });
  const cpus = new Map<string, number>();
  if (queues.kind === 'queues') {
    for (const name of queues.queues.flatMap((queue) => queue.environments)) cpus.set(name, 0);
  }
  if (nodes.kind === 'nodes') {
    for (const { environment, size } of nodes.nodes) {
      cpus.set(environment, (cpus.get(environment) ?? 0) + size.cpus);
    }
  }
  const wanted = asked.computeEnvironments?.map((name) => nameIn('compute-environment', name));
  const found = [...cpus].filter(([name]) => wanted?.includes(name) ?? true);
  const page = pageOf(found, ([name]) => name, asked, PAGE);
  if (page === undefined) return clientError('nextToken is not valid');
  const { items, nextToken } = page;
  return ok({ computeEnvironments: items.map((each) => shownEnvironment(each, call)), nextToken });
}

function shownEnvironment([name, cpus]: readonly [string, number], { region }: BatchCall): object {
  return {
    computeEnvironmentName: name,
    computeEnvironmentArn: arn('compute-environment', name, region),
    type: 'UNMANAGED',
    state: 'ENABLED',
    status: 'VALID',
    statusReason: 'ComputeEnvironment Healthy',
    unmanagedvCpus: cpus,
    containerOrchestrationType: 'ECS',
    tags: {},
  };
}
