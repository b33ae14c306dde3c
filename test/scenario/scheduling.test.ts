// Scheduling, one picture a rule. test/support/picture.ts tells how to read them.

import { describe, expect, it } from 'vitest';
import { CoreWorld } from '../support/core-world.ts';
import { picture } from '../support/picture.ts';

describe('a scheduling pass', () => {
  it('serves higher priorities first and backfills behind a reservation', () => {
    picture(`
      node n1 cpus=4
      node n2 cpus=4
      job  a  cpus=4 prio=9 limit=10m          -> n1
      job  b  tasks=2 cpus=4 nodes=2 prio=8    -> pending resources
      job  c  cpus=2 prio=1 limit=5m           -> n2
      job  d  cpus=2 prio=1 limit=60m          -> pending priority
      at 5m c ends                             -> b pending resources
      at 10m a ends                            -> b n1,n2; d pending resources
    `);
  });

  it('serves a queue of higher priority before all others', () => {
    picture(`
      node  n1 cpus=1
      queue fast prio=50
      job   a  prio=9                   -> pending resources
      job   b  queue=fast               -> n1
    `);
  });

  it('serves equal jobs in the order of their submission', () => {
    picture(`
      node n1 cpus=2
      job  a                -> n1
      job  b                -> n1
      job  c                -> pending resources
      job  d                -> pending priority
      at 1m a ends          -> c n1; d pending resources
    `);
  });

  it('puts a job on the tightest node that holds it', () => {
    picture(`
      node n1 cpus=8
      node n2 cpus=2
      job  a  cpus=2        -> n2
      job  b  cpus=8        -> n1
    `);
  });

  it('does not start a job without a limit that would delay the reserved one', () => {
    picture(`
      node n1 cpus=4
      job  a  cpus=2 limit=10m -> n1
      job  b  cpus=4 prio=-1   -> pending resources
      job  c  cpus=2 prio=-2   -> pending priority
      job  d  cpus=2 prio=-3 limit=9m -> n1
    `);
  });

  it('keeps a job for ever from reserving when no node could hold it', () => {
    picture(`
      node n1 cpus=2
      job  a  cpus=16 nodes=1   -> pending neverFits
      job  b                    -> n1
    `);
  });

  it('says that memory which no node has can never be had', () => {
    picture(`
      node n1 cpus=4 mem=1000
      node n2 cpus=4 mem=1000
      job  a  cpus=1 mem=2000         -> pending neverFits
      job  b  tasks=2 mem=2000        -> pending neverFits
    `);
  });

  it('says that a job can never fit also when others wait before it', () => {
    picture(`
      node n1 cpus=2
      job  a  cpus=2             -> n1
      job  b  cpus=2             -> pending resources
      job  c  cpus=16 nodes=1    -> pending neverFits
      job  d                     -> pending priority
    `);
  });

  it('weighs a bounded number of shapes behind a blocked job', () => {
    const world = new CoreWorld();
    world.addNode('n1', 1);
    world.submit();
    const waiting = Array.from({ length: 3000 }, (_, at) =>
      world.submit({ limits: { wallTimeMs: 60_000 + at } }),
    );
    world.schedule();
    const reasons = waiting.map((job) => world.view(job).reason);
    expect(reasons[0]).toBe('resources');
    expect(new Set(reasons.slice(1))).toEqual(new Set(['priority']));
  });

  it('respects memory beside CPUs', () => {
    picture(`
      node n1 cpus=8 mem=1000
      job  a  mem=600          -> n1
      job  b  mem=600          -> pending resources
      job  c  mem=300 limit=1m prio=-1 -> n1
      at 1m a ends             -> b n1
    `);
  });

  it('gives an exclusive job a node of its own', () => {
    picture(`
      node n1 cpus=4
      node n2 cpus=4
      job  a                   -> n1
      job  b  exclusive=yes    -> n2
      job  c  cpus=4           -> pending resources
    `);
  });

  it('runs as many elements of an array as fit, and no more than its limit', () => {
    picture(`
      node n1 cpus=4
      job  a  array=6 most=2   -> 2 on n1, 4 wait
      job  b  array=6          -> 2 on n1, 4 wait
    `);
  });

  it('holds a job back until what it depends on has succeeded', () => {
    picture(`
      node n1 cpus=4
      job  a                   -> n1
      job  b  after=a          -> pending dependency
      job  c  after=b          -> pending dependency
      at 1m a ends             -> b n1; c pending dependency
      at 2m b fails            -> c pending dependencyNeverSatisfied
    `);
  });

  it('spreads tasks over nodes when one cannot hold them', () => {
    picture(`
      node n1 cpus=4
      node n2 cpus=4
      job  a  tasks=6          -> n1,n2
    `);
  });

  it('does not schedule a held job when a node frees', () => {
    picture(`
      node n1 cpus=1
      job  a                   -> n1
      job  b  hold=yes         -> pending heldByUser
      at 1m a ends             -> b pending heldByUser
    `);
  });
});
