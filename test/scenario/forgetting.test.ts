// Finished jobs leave memory: after their time or when there are too many, but not while somebody asks.

import { describe, expect, it } from 'vitest';
import { instant } from '../../src/base/brand.ts';
import { forgetFinished } from '../../src/core/forget.ts';
import { indexRange } from '../../src/model/index-set.ts';
import type { JobId } from '../../src/model/ids.ts';
import { CoreWorld } from '../support/core-world.ts';

const FOR_EVER = instant(0);

/** Jobs that ended one second apart. */
function ended(count: number): { world: CoreWorld; jobs: JobId[] } {
  const world = new CoreWorld();
  world.addNode('n1', count);
  const jobs = Array.from({ length: count }, () => world.submit());
  world.schedule();
  for (const job of jobs) {
    world.end(job);
    world.advance(1000);
  }
  return { world, jobs };
}

const left = (world: CoreWorld) => [...world.state.jobs.keys()];

describe('finished jobs', () => {
  it('leave when they ended too long ago, oldest first', () => {
    const { world, jobs } = ended(3);
    const endedSince = instant(world.now - 2500);
    const latest = forgetFinished(world.state, { endedSince, most: 10 });
    expect(left(world)).toEqual(jobs.slice(1));
    expect(latest).toBe(world.now - 3000);
  });

  it('leave when there are too many', () => {
    const { world, jobs } = ended(3);
    forgetFinished(world.state, { endedSince: FOR_EVER, most: 1 });
    expect(left(world)).toEqual(jobs.slice(2));
  });

  it('take their specification and its class with them when nobody else has it', () => {
    const { world } = ended(2);
    expect([world.state.specs.size, world.state.classes.size]).toEqual([2, 1]);
    forgetFinished(world.state, { endedSince: FOR_EVER, most: 1 });
    expect([world.state.specs.size, world.state.classes.size]).toEqual([1, 1]);
    forgetFinished(world.state, { endedSince: FOR_EVER, most: 0 });
    expect([world.state.specs.size, world.state.classes.size]).toEqual([0, 0]);
  });

  it('stay while a dependency names them', () => {
    const { world, jobs } = ended(2);
    const [first = 0, second = 0] = jobs;
    const other = world.submit({ held: 'user' });
    const on = (job: number) => ({ kind: 'condition', job: job as JobId, when: 'ended' }) as const;
    world.submit({ dependency: { kind: 'all', of: [on(first), on(other)] } });
    forgetFinished(world.state, { endedSince: FOR_EVER, most: 0 });
    expect(left(world)).not.toContain(second);
    expect(left(world)).toContain(first);
  });

  it('stay as elements while their array is unfinished', () => {
    const world = new CoreWorld();
    world.addNode('n1', 1);
    const array = world.submit({ array: { indices: indexRange(1, 3) } });
    world.cancel(array, { elements: [2] });
    forgetFinished(world.state, { endedSince: FOR_EVER, most: 0 });
    expect(left(world)).toHaveLength(2);
    world.cancel(array);
    forgetFinished(world.state, { endedSince: FOR_EVER, most: 0 });
    expect(left(world)).toEqual([]);
  });
});

it('alarms of ended attempts are dropped long before they are due', () => {
  const world = new CoreWorld();
  world.addNode('n1', 2);
  world.check = false;
  const dayMs = 24 * 3600 * 1000;
  const long = world.submit({ limits: { wallTimeMs: dayMs } });
  world.schedule();
  world.start(long);
  for (let i = 0; i < 3000; i++) {
    const job = world.submit({ limits: { wallTimeMs: dayMs } });
    world.schedule();
    world.end(job);
  }
  expect(world.state.steadyAlarms.size).toBeLessThan(1100);
  world.advance(dayMs);
  expect(world.story(long)).toEqual(['running ending']);
});
