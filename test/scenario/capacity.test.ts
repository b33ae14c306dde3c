// Instances: wanted for jobs without room, joining, idle, interrupted, never booting, leaving.

import { describe, expect, it } from 'vitest';
import { actOnInstances } from '../../src/core/act.ts';
import { nodeName, queueName } from '../../src/model/ids.ts';
import { indexRange } from '../../src/model/index-set.ts';
import type { ComputeEnvironment } from '../../src/model/queue.ts';
import { CoreWorld, TEST_POLICY } from '../support/core-world.ts';

const IDLE_MS = 60_000;
const CLOUD = { queue: queueName('cloud') };

/** A queue that spills into an environment of at most three instances. */
function cloud(more: Partial<ComputeEnvironment> = {}): CoreWorld {
  const world = new CoreWorld();
  world.addQueue('cloud', 30, ['cloud']);
  world.state.environments.set('cloud', {
    name: 'cloud',
    kind: 'ec2',
    instanceTypes: [
      { name: 'dear', cpus: 4, memoryMib: 16_000, priceMicros: 400_000 },
      { name: 'cheap', cpus: 4, memoryMib: 8000, priceMicros: 100_000 },
      { name: 'big', cpus: 16, memoryMib: 64_000, priceMicros: 900_000 },
    ],
    maxInstances: 3,
    idleMs: IDLE_MS,
    ...more,
  });
  return world;
}

/** `cheap booting` for every instance. */
const fleet = (world: CoreWorld) =>
  [...world.state.instances.values()].map((one) => `${one.type.name} ${one.state}`);

const orders = (world: CoreWorld) =>
  actOnInstances(world.state, world.state.changedInstances.splice(0)).map((one) => one.kind);

function join(world: CoreWorld, request = 1): void {
  world.observe({ kind: 'instanceLaunched', environment: 'cloud', request, node: nodeName('') });
  world.addNode(`cloud-${request}`, 4, 8000, 'cloud');
}

describe('a queue that may buy', () => {
  it('wants the cheapest instance that holds the job, once', () => {
    const world = cloud();
    const job = world.submit(CLOUD);
    world.schedule();
    expect(fleet(world)).toEqual(['cheap requested']);
    expect(orders(world)).toEqual(['requestInstance']);
    expect(world.story(job)).toEqual(['pending capacityRequested']);
    world.schedule();
    world.advance(10_000);
    expect(fleet(world)).toEqual(['cheap requested']);
  });

  it.each([
    ['memory', { tasks: 1, cpusPerTask: 1, memoryMibPerNode: 12_000 }, ['dear requested']],
    ['CPUs', { tasks: 1, cpusPerTask: 8 }, ['big requested']],
    ['more than any has', { tasks: 1, cpusPerTask: 32 }, []],
  ])('wants one that has enough %s', (_, resources, expected) => {
    const world = cloud();
    world.submit({ ...CLOUD, resources });
    world.schedule();
    expect(fleet(world)).toEqual(expected);
  });

  it('wants as many as the waiting jobs fill, and no more than it may', () => {
    const world = cloud();
    const resources = { tasks: 1, cpusPerTask: 2 };
    world.submit({ ...CLOUD, resources, array: { indices: indexRange(1, 4) } });
    world.schedule();
    expect(fleet(world)).toHaveLength(2);
    world.submit({ ...CLOUD, resources, array: { indices: indexRange(1, 100) } });
    world.schedule();
    expect(fleet(world)).toHaveLength(3);
  });

  it('wants the one with the lowest price a job when many wait', () => {
    const world = cloud();
    world.submit({ ...CLOUD, array: { indices: indexRange(1, 100) } });
    world.schedule();
    expect(fleet(world)).toEqual(['cheap requested', 'cheap requested', 'cheap requested']);
  });

  it('buys for as many elements as an array may run at once', () => {
    const world = cloud();
    world.submit({ ...CLOUD, array: { indices: indexRange(1, 100), limit: 4 } });
    world.schedule();
    expect(fleet(world)).toHaveLength(1);
  });

  it('buys nothing for a queue of its own nodes', () => {
    const world = cloud();
    world.submit();
    world.schedule();
    expect(fleet(world)).toEqual([]);
  });
});

describe('an instance', () => {
  it('joins, runs the job, and goes when it was idle long enough', () => {
    const world = cloud();
    const job = world.submit(CLOUD);
    world.schedule();
    join(world);
    expect(fleet(world)).toEqual(['cheap joined']);
    world.schedule();
    world.start(job);
    world.advance(10 * IDLE_MS);
    world.end(job);
    world.advance(IDLE_MS - 1);
    expect(fleet(world)).toEqual(['cheap joined']);
    world.advance(1);
    expect(fleet(world)).toEqual(['cheap terminating']);
  });

  it('stays while a job is on it, and while another waits for it', () => {
    const world = cloud();
    const job = world.submit(CLOUD);
    world.schedule();
    join(world);
    world.schedule();
    world.start(job);
    world.advance(10 * IDLE_MS);
    expect(fleet(world)).toEqual(['cheap joined']);
  });

  it('is drained, then terminated, then gone with its node', () => {
    const world = cloud();
    const job = world.submit(CLOUD);
    world.schedule();
    join(world);
    world.schedule();
    world.end(job);
    orders(world);
    world.advance(IDLE_MS);
    expect(orders(world)).toEqual(['terminateInstance']);
    expect(world.state.nodes.get(nodeName('cloud-1'))?.node.drained).toBe('instance terminating');
    world.observe({ kind: 'instanceGone', environment: 'cloud', request: 1 });
    expect(fleet(world)).toEqual([]);
    expect(world.state.nodes.size).toBe(0);
  });

  it('that is interrupted takes no more jobs, and goes when its own are done', () => {
    const world = cloud();
    const job = world.submit(CLOUD);
    world.schedule();
    join(world);
    world.schedule();
    world.observe({ kind: 'instanceInterrupted', node: nodeName('cloud-1') });
    expect(fleet(world)).toEqual(['cheap interrupted']);
    const next = world.submit(CLOUD);
    world.schedule();
    expect(world.view(next).state).toBe('pending');
    world.end(job);
    world.advance(1);
    expect(fleet(world)[0]).toBe('cheap terminating');
  });

  it('that vanishes takes its jobs with it, and another is wanted for those that run again', () => {
    const world = cloud();
    const job = world.submit({ ...CLOUD, dialect: 'lsf', rerunnable: true });
    world.schedule();
    join(world);
    world.schedule();
    world.start(job);
    world.observe({ kind: 'instanceGone', environment: 'cloud', request: 1 });
    world.schedule();
    expect(world.view(job).state).toBe('pending');
    expect(fleet(world)).toEqual(['cheap requested']);
  });

  it('that never boots is given up, and another is wanted', () => {
    const world = cloud();
    world.submit(CLOUD);
    world.schedule();
    world.observe({
      kind: 'instanceLaunched',
      environment: 'cloud',
      request: 1,
      node: nodeName(''),
    });
    world.advance(TEST_POLICY.bootMs - 1);
    expect(fleet(world)).toEqual(['cheap booting']);
    world.advance(1);
    expect(fleet(world)).toEqual(['cheap terminating']);
    world.schedule();
    expect(fleet(world)).toEqual(['cheap terminating', 'cheap requested']);
  });

  it('of which news comes late changes nothing', () => {
    const world = cloud();
    world.submit(CLOUD);
    world.schedule();
    join(world);
    const before = world.events.length;
    world.observe({
      kind: 'instanceLaunched',
      environment: 'cloud',
      request: 1,
      node: nodeName(''),
    });
    world.observe({ kind: 'instanceGone', environment: 'cloud', request: 7 });
    world.observe({ kind: 'instanceInterrupted', node: nodeName('nobody') });
    expect(world.events.length).toBe(before);
  });
});
