// Why a job is where it is: every fact of an explanation, over the real core.

import { expect, test } from 'vitest';
import { explain } from '../../src/core/view/explain.ts';
import type { Explanation } from '../../src/model/explanation.ts';
import { jobId } from '../../src/model/ids.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import { CoreWorld } from '../support/core-world.ts';

function explained(world: CoreWorld, job: number): Explanation {
  const found = explain(world.state, jobId(job), world.now);
  if (found === undefined) throw new Error(`no job ${job}`);
  return found;
}

const cpus = (count: number): Partial<JobRequest> => ({
  resources: { tasks: 1, cpusPerTask: count },
});

test('a job that waits for room knows who is before it and what each node lacks', () => {
  const world = new CoreWorld();
  world.addNode('big', 4, 1000);
  world.addNode('small', 1, 1000);
  world.submit(cpus(3));
  const first = world.submit(cpus(4));
  const second = world.submit({ resources: { tasks: 1, cpusPerTask: 2, memoryMibPerNode: 2000 } });
  world.schedule();
  expect(explained(world, first)).toMatchObject({
    job: { state: 'pending', reason: 'resources' },
    line: { jobsAhead: 0, queuePriority: 30, queueActive: true },
    nodes: [
      { node: 'big', kind: 'busy', what: 'cpus', free: 1, needs: 4 },
      { node: 'small', kind: 'tooSmall', what: 'cpus', has: 1, needs: 4 },
    ],
  });
  expect(explained(world, second)).toMatchObject({
    line: { jobsAhead: 1 },
    nodes: [
      { node: 'big', kind: 'tooSmall', what: 'memoryMib', has: 1000, needs: 2000 },
      { node: 'small', kind: 'tooSmall', what: 'cpus', has: 1, needs: 2 },
    ],
  });
});

test('a queue of higher priority stands before', () => {
  const world = new CoreWorld();
  world.addQueue('fast', 50);
  world.addQueue('slow', 1);
  const ordinary = world.submit();
  world.submit({ queue: 'fast' as never });
  world.submit({ queue: 'fast' as never });
  world.submit({ queue: 'slow' as never });
  expect(explained(world, ordinary).line?.jobsAhead).toBe(2);
});

test('nodes that are gone, forbidden, or wanted alone say so', () => {
  const world = new CoreWorld();
  world.addNode('a', 2);
  world.addNode('b', 2);
  world.addNode('c', 2, 1000, 'elsewhere');
  world.addQueue('local', 40, ['local']);
  world.submit({ resources: { tasks: 1, cpusPerTask: 1, nodeNames: ['a'] } });
  world.schedule();
  world.observe({ kind: 'nodeDisconnected', node: 'b' as never });
  const job = world.submit({
    queue: 'local' as never,
    resources: { tasks: 1, cpusPerTask: 1, exclusive: true },
  });
  world.schedule();
  expect(explained(world, job).nodes).toEqual([
    { node: 'a', kind: 'notEmpty', running: 1 },
    { node: 'b', kind: 'notUp', state: 'unreachable' },
    { node: 'c', kind: 'notAllowed' },
  ]);
});

test('a job that waits for others names each condition, and stands in no line', () => {
  const world = new CoreWorld();
  world.addNode('a', 1);
  const good = world.submit();
  const running = world.submit();
  world.schedule();
  world.end(good, 0);
  const job = world.submit({
    dependency: {
      kind: 'all',
      of: [
        { kind: 'condition', job: good, when: 'succeeded' },
        { kind: 'not', of: { kind: 'condition', job: running, when: 'failed' } },
      ],
    },
  });
  const { conditions, line, nodes } = explained(world, job);
  expect(conditions.map(({ condition, verdict }) => [condition.job, verdict])).toEqual([
    [good, 'yes'],
    [running, 'wait'],
  ]);
  expect(line).toBeUndefined();
  expect(nodes).toEqual([]);
});

test('a running element of an array is explained under the number of its own', () => {
  const world = new CoreWorld();
  world.addNode('a', 1);
  const array = world.submit({ array: { indices: [{ first: 1, count: 2, step: 1 }] } });
  world.schedule();
  const [run] = world.state.runs.values();
  expect(explained(world, run?.id ?? 0).job).toMatchObject({ base: array, element: 1 });
  expect(explained(world, array).job).toMatchObject({ waiting: [{ first: 2, count: 1 }] });
});

test('a job that nobody knows has no explanation', () => {
  const world = new CoreWorld();
  expect(explain(world.state, jobId(7), world.now)).toBeUndefined();
});
