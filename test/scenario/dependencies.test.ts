// What jobs wait for: every condition with what the other job may do, and every way to join them.

import { describe, expect, it } from 'vitest';
import type { Dependency, DependencyCondition } from '../../src/model/dependency.ts';
import { type JobId, jobId } from '../../src/model/ids.ts';
import { indexRange } from '../../src/model/index-set.ts';
import { BOB, CoreWorld } from '../support/core-world.ts';

function cluster(cpus = 8): CoreWorld {
  const world = new CoreWorld();
  world.addNode('n1', cpus);
  return world;
}

const on = (job: number, when: DependencyCondition['when'], more = {}): DependencyCondition => ({
  kind: 'condition',
  job: jobId(job),
  when,
  ...more,
});

/** What becomes of the other job. */
const FATES: Readonly<Record<string, (world: CoreWorld, job: JobId) => void>> = {
  waits: () => undefined,
  starts: (world, job) => world.start(job),
  succeeds: (world, job) => world.end(job, 0),
  'exits 3': (world, job) => world.end(job, 3),
  'is killed by 9': (world, job) => world.end(job, 0, 9),
  'is cancelled as done': (world, job) => {
    world.cancel(job, { asDone: true });
    world.ended(job, { signal: 15 });
  },
};

describe('a job that waits for another', () => {
  const NEVER = 'pending dependencyNeverSatisfied';
  const WAIT = 'pending dependency';
  it.each<[DependencyCondition, Record<string, string>]>([
    [
      on(1, 'succeeded'),
      { starts: WAIT, succeeds: 'starting', 'exits 3': NEVER, 'is killed by 9': NEVER },
    ],
    [on(1, 'succeeded'), { 'is cancelled as done': 'starting' }],
    [on(1, 'failed'), { starts: WAIT, succeeds: NEVER, 'exits 3': 'starting' }],
    [on(1, 'failed'), { 'is killed by 9': 'starting', 'is cancelled as done': NEVER }],
    [on(1, 'ended'), { waits: WAIT, starts: WAIT, succeeds: 'starting', 'exits 3': 'starting' }],
    [on(1, 'started'), { waits: WAIT, starts: 'starting', 'exits 3': 'starting' }],
    [
      on(1, 'exitCode', { compare: { operator: '==', value: 3 } }),
      { starts: WAIT, succeeds: NEVER, 'exits 3': 'starting', 'is killed by 9': NEVER },
    ],
    [
      on(1, 'exitCode', { compare: { operator: '>', value: 128 } }),
      { 'exits 3': NEVER, 'is killed by 9': 'starting' },
    ],
  ])('%j', (dependency, table) => {
    for (const [fate, expected] of Object.entries(table)) {
      const world = cluster();
      const first = world.submit();
      const second = world.submit({ dependency });
      world.schedule();
      FATES[fate]?.(world, first);
      world.schedule();
      expect(world.story(second), fate).toEqual([expected]);
    }
  });

  it('waits for the delay after its start', () => {
    const world = cluster();
    const first = world.submit();
    const second = world.submit({ dependency: on(first, 'started', { delayMs: 300_000 }) });
    world.schedule();
    world.start(first);
    world.advance(299_000);
    world.schedule();
    expect(world.story(second)).toEqual(['pending dependency']);
    world.advance(1000);
    world.schedule();
    expect(world.story(second)).toEqual(['starting']);
  });

  it('ends when it can never run and was asked not to wait for nothing', () => {
    const world = cluster();
    const first = world.submit();
    const dependency = on(first, 'succeeded');
    const second = world.submit({ dependency, cancelWhenNeverSatisfied: true });
    const third = world.submit({ dependency: on(second, 'ended') });
    world.schedule();
    world.end(first, 1);
    world.schedule();
    expect(world.story(second)).toEqual(['finished neverStarted']);
    expect(world.story(third)).toEqual(['starting']);
  });

  it('still waits for its begin time when what it depends on is done', () => {
    const world = cluster();
    const first = world.submit();
    const beginAt = (world.now + 60_000) as never;
    const second = world.submit({ dependency: on(first, 'ended'), beginAt });
    world.schedule();
    world.end(first);
    expect(world.story(second)).toEqual(['pending beginTime']);
    world.advance(60_000);
    world.schedule();
    expect(world.story(second)).toEqual(['starting']);
  });

  it('depends again on what it depends on when it is released', () => {
    const world = cluster();
    const first = world.submit();
    const second = world.submit({ dependency: on(first, 'succeeded'), held: 'user' });
    world.schedule();
    expect(world.story(second)).toEqual(['pending heldByUser']);
    world.steer({ kind: 'releaseJobs', selection: { refs: [{ job: second }] } });
    expect(world.story(second)).toEqual(['pending dependency']);
    world.end(first);
    world.schedule();
    expect(world.story(second)).toEqual(['starting']);
  });
});

describe('conditions joined', () => {
  const all = (...of: Dependency[]): Dependency => ({ kind: 'all', of });
  const any = (...of: Dependency[]): Dependency => ({ kind: 'any', of });
  const not = (of: Dependency): Dependency => ({ kind: 'not', of });
  const good = [on(1, 'succeeded'), on(2, 'succeeded')] as const;
  it.each<[string, Dependency, (number | undefined)[], string]>([
    ['all, one still runs', all(...good), [0, undefined], 'pending dependency'],
    ['all', all(...good), [0, 0], 'starting'],
    ['all, one failed', all(...good), [undefined, 1], 'pending dependencyNeverSatisfied'],
    ['any, one is enough', any(...good), [1, 0], 'starting'],
    ['any, one failed', any(...good), [1, undefined], 'pending dependency'],
    ['any, all failed', any(...good), [1, 1], 'pending dependencyNeverSatisfied'],
    ['not, it failed', not(good[0]), [1, undefined], 'starting'],
    ['not, it succeeded', not(good[0]), [0, undefined], 'pending dependencyNeverSatisfied'],
    ['not of any', not(any(...good)), [1, undefined], 'pending dependency'],
    ['one inside the other', all(good[0], not(good[1])), [0, 1], 'starting'],
  ])('%s', (_, dependency, codes, expected) => {
    const world = cluster();
    world.submit();
    world.submit();
    const job = world.submit({ dependency });
    world.schedule();
    codes.forEach((code, at) => code !== undefined && world.end(jobId(at + 1), code));
    world.schedule();
    expect(world.story(job)).toEqual([expected]);
  });
});

describe('a singleton', () => {
  it('waits for older jobs of its name and user alone', () => {
    const world = cluster();
    const dependency = { kind: 'singleton' } as const;
    const first = world.submit({ name: 'a' });
    const second = world.submit({ name: 'a', dependency });
    const third = world.submit({ name: 'a', dependency });
    const other = world.submit({ name: 'b', dependency });
    const foreign = world.submit({ name: 'a', dependency }, BOB);
    world.schedule();
    expect([other, foreign].flatMap((job) => world.story(job))).toEqual(['starting', 'starting']);
    world.end(first, 1);
    world.schedule();
    expect(world.story(second)).toEqual(['starting']);
    expect(world.story(third)).toEqual(['pending dependency']);
  });
});

describe('a singleton behind a job that never ran', () => {
  it('runs when that one is cancelled', () => {
    const world = cluster();
    const first = world.submit({ name: 'a', held: 'user' });
    const second = world.submit({ name: 'a', dependency: { kind: 'singleton' } });
    world.schedule();
    expect(world.story(second)).toEqual(['pending dependency']);
    world.cancel(first);
    world.schedule();
    expect(world.story(second)).toEqual(['starting']);
  });
});

describe('a dependency on an array', () => {
  const array = { indices: indexRange(1, 2) };

  it('waits for the whole of it', () => {
    const world = cluster();
    const first = world.submit({ array });
    const job = world.submit({ dependency: on(first, 'succeeded') });
    world.schedule();
    world.end(jobId(3));
    expect(world.story(job)).toEqual(['pending dependency']);
    world.end(jobId(4));
    world.schedule();
    expect(world.story(job)).toEqual(['starting']);
  });

  it('waits for the whole of it when an element with a record of its own ends last', () => {
    const world = cluster();
    const first = world.submit({ array });
    const selection = { refs: [{ job: first, elements: indexRange(2, 2) }] };
    world.steer({ kind: 'holdJobs', selection });
    world.steer({ kind: 'releaseJobs', selection });
    const job = world.submit({ dependency: on(first, 'succeeded') }, BOB);
    world.schedule();
    world.end(jobId(4));
    expect(world.story(job)).toEqual(['pending dependency']);
    world.end(jobId(2));
    world.schedule();
    expect(world.story(job)).toEqual(['starting']);
  });

  it('looks at each counterpart when all have ended before', () => {
    const world = cluster();
    const first = world.submit({ array });
    world.schedule();
    world.end(jobId(2));
    world.end(jobId(3), 1);
    const dependency = on(first, 'succeeded', { sameIndex: true });
    const job = world.submit({ array, dependency });
    world.schedule();
    expect(world.story(job)).toEqual(['[1] starting', '[2] pending dependencyNeverSatisfied']);
  });

  it('waits for the named element', () => {
    const world = cluster();
    const first = world.submit({ array });
    const job = world.submit({ dependency: on(first, 'succeeded', { element: 2 }) });
    const none = world.submit({ dependency: on(first, 'ended', { element: 9 }) });
    world.schedule();
    world.end(jobId(5));
    world.schedule();
    expect(world.story(job)).toEqual(['starting']);
    expect(world.story(none)).toEqual(['pending dependencyNeverSatisfied']);
  });

  it('waits for an element by its own number', () => {
    const world = cluster();
    world.submit({ array });
    world.schedule();
    const job = world.submit({ dependency: on(3, 'succeeded') });
    expect(world.story(job)).toEqual(['pending dependency']);
    world.end(jobId(2), 1);
    expect(world.story(job)).toEqual(['pending dependency']);
    world.end(jobId(3));
    world.schedule();
    expect(world.story(job)).toEqual(['starting']);
  });

  it('starts each element after its counterpart', () => {
    const world = cluster();
    const first = world.submit({ array });
    const dependency = on(first, 'succeeded', { sameIndex: true });
    const job = world.submit({ array: { indices: indexRange(1, 3) }, dependency });
    world.schedule();
    world.end(jobId(5), 1);
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] pending dependency',
      '[2] pending dependencyNeverSatisfied',
      '[3] pending dependencyNeverSatisfied',
    ]);
    world.end(jobId(4));
    world.schedule();
    expect(world.story(job)[0]).toBe('[1] starting');
  });

  it.each<[DependencyCondition['when'], number, string]>([
    ['countSucceeded', 1, 'starting'],
    ['countFailed', 1, 'starting'],
    ['countEnded', 2, 'starting'],
    ['countRunning', 1, 'starting'],
    ['countPending', 1, 'starting'],
    ['countStarted', 3, 'starting'],
    ['countSucceeded', 4, 'pending dependency'],
  ])('%s compares %i with its elements', (when, value, expected) => {
    const world = cluster(3);
    const first = world.submit({ array: { indices: indexRange(1, 4) } });
    const compare = { operator: '==' as const, value };
    const job = world.submit({
      userPriority: 1,
      dialect: 'lsf',
      dependency: on(first, when, { compare }),
    });
    world.schedule();
    world.end(jobId(3), 1);
    world.end(jobId(4));
    world.schedule();
    expect(world.story(job)).toEqual([expected]);
  });
});

describe('a job that left memory', () => {
  it.each([
    [0, 'starting'],
    [1, 'pending dependencyNeverSatisfied'],
  ])('is known by how it ended: exit %i', (exitCode, expected) => {
    const world = cluster();
    const job = jobId(1000);
    world.state.remembered.set(job, { kind: 'exited', exitCode, signal: 0 });
    const next = world.submit({ dependency: on(job, 'succeeded') });
    world.schedule();
    expect(world.story(next)).toEqual([expected]);
  });

  it('has started long ago, whatever the delay', () => {
    const world = cluster();
    const job = jobId(1000);
    world.state.remembered.set(job, { kind: 'exited', exitCode: 0, signal: 0 });
    const next = world.submit({ dependency: on(job, 'started', { delayMs: 60_000 }) });
    world.schedule();
    expect(world.story(next)).toEqual(['starting']);
  });
});

describe('what follows from an end', () => {
  it('reaches the end of a chain as long as the line, without running out of stack', () => {
    const world = cluster();
    const first = world.submit({ held: 'user' });
    world.check = false;
    for (let last = first, i = 0; i < 8000; i++) {
      const fields = { dependency: on(last, 'succeeded'), cancelWhenNeverSatisfied: true };
      last = world.submit(fields);
    }
    world.cancel(first);
    expect(world.state.unfinishedJobs).toBe(0);
  });

  it('starts no element of an array that was cancelled meanwhile', () => {
    const world = cluster(4);
    const array = { indices: indexRange(1, 3) };
    const first = world.submit({ array });
    const job = world.submit({
      array,
      dependency: on(first, 'succeeded', { sameIndex: true }),
    });
    world.schedule();
    const [one, two] = [...world.state.runs.keys()] as [JobId, JobId];
    world.end(one);
    world.schedule();
    world.cancel(job);
    world.end(two);
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] starting ending',
      '[2] finished cancelled',
      '[3] finished cancelled',
    ]);
  });
});
