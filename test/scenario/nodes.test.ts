// Nodes that are lost, come back, restart and do not come back; time by the clock that never jumps.

import { describe, expect, it } from 'vitest';
import { evolve } from '../../src/core/evolve.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import { type JobId, nodeName } from '../../src/model/ids.ts';
import { CoreWorld, TEST_POLICY } from '../support/core-world.ts';

const HOUR_MS = 3_600_000;

function running(fields: Partial<JobRequest> = {}): { world: CoreWorld; job: JobId } {
  const world = new CoreWorld();
  world.addNode('n1', 2);
  const job = world.submit({ dialect: 'lsf', ...fields });
  world.schedule();
  world.start(job);
  world.effects();
  return { world, job };
}

const lose = (world: CoreWorld) =>
  world.observe({ kind: 'nodeDisconnected', node: nodeName('n1') });

describe('a node out of reach', () => {
  it('takes no jobs, and its own stay as they are', () => {
    const { world, job } = running();
    lose(world);
    const next = world.submit();
    world.schedule();
    expect(world.story(next)).toEqual(['pending nodesUnavailable']);
    expect(world.view(job)).toMatchObject({ state: 'running', unreachable: true });
  });

  it('that comes back has lost nothing, and is told again what it is owed', () => {
    const { world, job } = running();
    lose(world);
    world.cancel(job);
    world.effects();
    world.advance(60_000);
    world.connect('n1');
    expect(world.effects()).toEqual([`end ${job}.1`]);
    expect(world.story(job)).toEqual(['running ending']);
  });

  it('is launched on again when the launch may not have arrived', () => {
    const world = new CoreWorld();
    world.addNode('n1', 2);
    const job = world.submit();
    world.schedule();
    world.effects();
    lose(world);
    world.connect('n1', { attempts: [] });
    expect(world.effects()).toEqual([`launch ${job}.1`]);
  });

  it('that does not know a running attempt any more has lost it', () => {
    const { world, job } = running();
    world.connect('n1', { attempts: [] });
    expect(world.story(job)).toEqual(['finished nodeFailed']);
  });

  it('that has an attempt of a job that ended is told to forget it', () => {
    const { world, job } = running();
    world.end(job);
    world.connect('n1', { attempts: [{ job, attempt: 1 }] });
    expect(world.forgotten).toEqual([`n1 ${job}.1`]);
  });
});

describe('a node that restarted', () => {
  it('has lost every attempt, whatever it says', () => {
    const { world, job } = running();
    world.connect('n1', { bootId: 'boot-2', attempts: [{ job, attempt: 1 }] });
    expect(world.story(job)).toEqual(['finished nodeFailed']);
    expect(world.state.nodes.get(nodeName('n1'))?.freeCpus).toBe(2);
  });

  it('runs again what may run again', () => {
    const { world, job } = running({ rerunnable: true });
    world.connect('n1', { bootId: 'boot-2', attempts: [] });
    world.schedule();
    expect(world.view(job)).toMatchObject({ state: 'starting', attempt: 2 });
    expect(world.effects()).toContain(`launch ${job}.2`);
  });
});

describe('a node with processes that cannot be killed', () => {
  it('takes no more jobs until its agent dials in anew, and says why', () => {
    const { world, job } = running();
    const attempts = [{ job, attempt: 1, processes: 2 }];
    world.observe({ kind: 'attemptsUnkillable', node: nodeName('n1'), attempts });
    world.ended(job, { signal: 9 });
    const next = world.submit();
    world.schedule();
    expect(world.story(next)).toEqual(['pending nodesUnavailable']);
    expect(world.state.nodes.get(nodeName('n1'))?.node.drained).toBe(
      'processes cannot be killed: 2 of job 1',
    );
    world.connect('n1');
    world.schedule();
    expect(world.story(next)).toEqual(['starting']);
  });

  it('stays drained over a return when it is drained for something else', () => {
    const { world } = running();
    const slot = world.state.nodes.get(nodeName('n1'));
    if (slot === undefined) throw new Error('no node');
    const node = { ...slot.node, drained: 'by hand' };
    const { now: at, steadyMs } = world;
    evolve(world.state, { kind: 'nodeChanged', at, steadyMs, node });
    world.connect('n1');
    expect(world.state.nodes.get(nodeName('n1'))?.node.drained).toBe('by hand');
  });
});

describe('a node that stays lost', () => {
  it.each<[string, Partial<JobRequest>, number, string]>([
    [
      'a job that may run again waits anew after its lease',
      { rerunnable: true },
      TEST_POLICY.leaseMs,
      'pending',
    ],
    [
      'by its retry rules too',
      { retry: { attempts: 2, evaluateOnExit: [] } },
      TEST_POLICY.leaseMs,
      'pending',
    ],
    [
      'a job that may not is given up after the longer time',
      {},
      TEST_POLICY.nodeLostAfterMs,
      'finished',
    ],
  ])('%s', (_, fields, patienceMs, expected) => {
    const { world, job } = running(fields);
    lose(world);
    world.advance(patienceMs - 1);
    expect(world.view(job).state).toBe('running');
    world.advance(1);
    expect(world.view(job).state).toBe(expected);
  });

  it('gives up what was asked to end after the longer time alone', () => {
    const { world, job } = running({ rerunnable: true });
    world.cancel(job);
    lose(world);
    world.advance(TEST_POLICY.leaseMs);
    expect(world.story(job)).toEqual(['running ending']);
  });

  it('counts from the first loss, and anew after a return', () => {
    const { world, job } = running({ rerunnable: true });
    lose(world);
    world.advance(TEST_POLICY.leaseMs - 1000);
    world.connect('n1');
    lose(world);
    world.advance(TEST_POLICY.leaseMs - 1000);
    expect(world.view(job).state).toBe('running');
    world.advance(1000);
    expect(world.view(job).state).toBe('pending');
  });

  it.each([-24 * HOUR_MS, 24 * HOUR_MS])(
    'is not hastened or delayed by a clock that jumps %i',
    (ms) => {
      const { world, job } = running({ rerunnable: true });
      lose(world);
      world.now = (world.now + ms) as never;
      world.advance(TEST_POLICY.leaseMs - 1);
      expect(world.view(job).state).toBe('running');
      world.advance(1);
      expect(world.view(job).state).toBe('pending');
    },
  );

  it('ignores what an old attempt reports once the job runs elsewhere', () => {
    const { world, job } = running({ rerunnable: true });
    world.addNode('n2', 2);
    lose(world);
    world.advance(TEST_POLICY.leaseMs);
    world.schedule();
    world.start(job);
    world.connect('n1', { attempts: [{ job, attempt: 1 }] });
    expect(world.forgotten).toEqual([`n1 ${job}.1`]);
    expect(world.view(job)).toMatchObject({ state: 'running', allocation: [{ node: 'n2' }] });
    world.observe({
      kind: 'attemptsStarted',
      node: nodeName('n1'),
      started: [{ job, attempt: 2, at: world.now }],
    });
    world.end(job);
    expect(world.story(job)).toEqual(['finished exited 0']);
  });
});
