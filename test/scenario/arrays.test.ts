// The life of arrays: limits, elements that are addressed alone, closing, and who ends when.

import { describe, expect, it } from 'vitest';
import { jobId } from '../../src/model/ids.ts';
import { indexRange, indexSetOf } from '../../src/model/index-set.ts';
import type { ArrayRequest, JobRequest } from '../../src/model/job-request.ts';
import { CoreWorld } from '../support/core-world.ts';

/** A cluster of one node, and an array of elements 1 to `size` as job 1. */
function arrayWorld(size: number, fields: Partial<JobRequest> = {}, array?: Partial<ArrayRequest>) {
  const world = new CoreWorld();
  world.addNode('n1', 2);
  const job = world.submit({ array: { indices: indexRange(1, size), ...array }, ...fields });
  world.schedule();
  return { world, job };
}

/** The number of the element. */
function idOf(world: CoreWorld, array: number, element: number) {
  const elements = world.state.jobs.get(jobId(array))?.elements;
  const id = elements?.active.get(element)?.id ?? elements?.detached.get(element)?.id;
  if (id === undefined) throw new Error(`element ${element} has no number`);
  return id;
}

describe('an array', () => {
  it('runs its lowest elements first, under numbers of their own', () => {
    const { world, job } = arrayWorld(4);
    expect(world.story(job)).toEqual([
      '[1] starting',
      '[2] starting',
      '[3] pending resources',
      '[4] pending resources',
    ]);
    expect([idOf(world, job, 1), idOf(world, job, 2)]).toEqual([2, 3]);
    expect(world.effects()).toEqual(['launch 2.1', 'launch 3.1']);
  });

  it('starts the next element when one ends below its limit', () => {
    const { world, job } = arrayWorld(3, {}, { limit: 1 });
    expect(world.story(job)).toEqual([
      '[1] starting',
      '[2] pending arrayLimit',
      '[3] pending arrayLimit',
    ]);
    world.end(idOf(world, job, 1), 3);
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] finished exited 3',
      '[2] starting',
      '[3] pending arrayLimit',
    ]);
  });

  it('counts an element with a record of its own against the limit', () => {
    const { world, job } = arrayWorld(3, {}, { limit: 1 });
    world.start(idOf(world, job, 1));
    world.cancel(job, { elements: [1] });
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] running ending',
      '[2] pending arrayLimit',
      '[3] pending arrayLimit',
    ]);
  });

  it('ends with its last element, well if all ended well', () => {
    const { world, job } = arrayWorld(2);
    world.end(idOf(world, job, 2));
    expect(world.state.jobs.get(job)?.state.kind).toBe('pending');
    world.end(idOf(world, job, 1));
    expect(world.state.jobs.get(job)?.state).toMatchObject({
      kind: 'finished',
      outcome: { kind: 'exited', exitCode: 0 },
    });
  });

  it('ends badly if one of its elements did', () => {
    const { world, job } = arrayWorld(2);
    world.end(idOf(world, job, 1), 9);
    world.end(idOf(world, job, 2));
    expect(world.state.jobs.get(job)?.state).toMatchObject({ outcome: { exitCode: 1 } });
  });

  it('ends once what runs has ended when the whole of it is cancelled', () => {
    const { world, job } = arrayWorld(4);
    expect(world.cancel(job)).toEqual(['ok']);
    expect(world.story(job)).toEqual([
      '[1] starting ending',
      '[2] starting ending',
      '[3] finished cancelled',
      '[4] finished cancelled',
    ]);
    world.ended(idOf(world, job, 1), { signal: 15 });
    expect(world.state.jobs.get(job)?.state.kind).toBe('pending');
    world.ended(idOf(world, job, 2), { signal: 15 });
    expect(world.story(job)).toEqual([
      '[1] finished cancelled',
      '[2] finished cancelled',
      '[3] finished cancelled',
      '[4] finished cancelled',
    ]);
    world.schedule();
    expect(world.state.runs.size).toBe(0);
  });

  it('keeps its running elements when only what waits is cancelled', () => {
    const { world, job } = arrayWorld(3);
    expect(world.cancel(job, { onlyPending: true })).toEqual(['ok']);
    world.end(idOf(world, job, 1));
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] finished exited 0',
      '[2] starting',
      '[3] finished cancelled',
    ]);
    const rest = { array: { pending: 0, running: 1, failed: 1 }, endedAt: world.now };
    expect(world.view(job)).toMatchObject(rest);
    world.end(idOf(world, job, 2));
    expect(world.state.jobs.get(job)?.state.kind).toBe('finished');
  });

  it('ends all behind the first that fails when it is a sequence', () => {
    const { world, job } = arrayWorld(3, {}, { limit: 1, isSequence: true });
    world.end(idOf(world, job, 1), 1);
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] finished exited 1',
      '[2] finished neverStarted',
      '[3] finished neverStarted',
    ]);
  });
});

describe('an element that is addressed alone', () => {
  it('is cancelled without the others while it waits', () => {
    const { world, job } = arrayWorld(4);
    expect(world.cancel(job, { elements: [4] })).toEqual(['ok']);
    expect(world.story(job).slice(2)).toEqual(['[3] pending resources', '[4] finished cancelled']);
    expect(world.state.jobs.get(job)?.elements).toMatchObject({ waitingCount: 1, failed: 1 });
  });

  it('is held and released without the others', () => {
    const { world, job } = arrayWorld(4);
    const selection = { refs: [{ job, elements: indexSetOf([3]) }] };
    expect(world.steer({ kind: 'holdJobs', selection })).toEqual(['ok']);
    world.end(idOf(world, job, 1));
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] finished exited 0',
      '[2] starting',
      '[3] pending heldByUser',
      '[4] starting',
    ]);
    world.steer({ kind: 'releaseJobs', selection });
    world.end(idOf(world, job, 2));
    world.schedule();
    expect(world.story(job)[2]).toBe('[3] starting');
  });

  it('says that it has finished when it ended, and that there is none when there is none', () => {
    const { world, job } = arrayWorld(3);
    world.end(idOf(world, job, 1));
    expect(world.cancel(job, { elements: [1] })).toEqual(['alreadyFinished']);
    expect(world.cancel(job, { elements: [7] })).toEqual(['noSuchElement']);
    world.cancel(job, { elements: [3] });
    expect(world.cancel(job, { elements: [3] })).toEqual(['alreadyFinished']);
  });

  it('ends alone by its own number', () => {
    const { world, job } = arrayWorld(2);
    const second = idOf(world, job, 2);
    expect(world.cancel(second)).toEqual(['ok']);
    expect(world.story(job)).toEqual(['[1] starting', '[2] starting ending']);
    expect(world.effects()).toContain(`end ${second}.1`);
  });

  it('runs again by itself after a requeue, while the array goes on', () => {
    const { world, job } = arrayWorld(3, {
      dialect: 'batch',
      retry: { attempts: 2, evaluateOnExit: [] },
    });
    const first = idOf(world, job, 1);
    world.end(first, 1);
    world.schedule();
    expect(world.state.jobs.get(first)?.earlierAttempts).toMatchObject([
      { attempt: 1, outcome: { kind: 'exited', exitCode: 1 } },
    ]);
    expect(world.story(job)).toEqual(['[1] pending resources', '[2] starting', '[3] starting']);
    world.end(idOf(world, job, 2));
    world.schedule();
    expect(world.effects()).toContain(`launch ${first}.2`);
    world.end(first);
    world.end(idOf(world, job, 3));
    expect(world.state.jobs.get(job)?.state).toMatchObject({
      kind: 'finished',
      outcome: { exitCode: 0 },
    });
  });

  it('gets a record when it ends in a way that columns cannot hold', () => {
    const { world, job } = arrayWorld(2);
    const first = idOf(world, job, 1);
    const why = { why: 'exec', errno: 2, path: 'nothing' } as const;
    world.ended(first, { launchFailure: why });
    expect(world.state.jobs.get(first)?.state).toMatchObject({ outcome: { kind: 'launchFailed' } });
    expect(world.story(job)).toEqual(['[1] finished launchFailed', '[2] starting']);
  });
});
