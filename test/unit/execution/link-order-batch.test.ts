// How launches are grouped, and which specifications an agent has.

import { describe, expect, it } from 'vitest';
import { groupMessage, OrderBatch } from '../../../src/execution/link/order-batch.ts';
import { SPECS_KEPT } from '../../../src/execution/link/settings.ts';
import { SpecBook } from '../../../src/execution/link/spec-book.ts';
import type { Launch } from '../../../src/model/effect.ts';
import { jobId, nodeName, specKey } from '../../../src/model/ids.ts';
import { describe as description, launchOf, OWNER, signalOf } from '../../support/launches.ts';

type Signal = Extract<ReturnType<typeof signalOf>, { kind: 'signal' }>;

function launch(job: number, overrides: Partial<Launch> = {}): Launch {
  const effect = launchOf('n1', job, overrides);
  if (effect.kind !== 'launch') throw new Error('no launch');
  return effect.launch;
}

function newBook(described: Launch[] = []): SpecBook {
  return new SpecBook((one) => {
    described.push(one);
    return description('exit 0')(one);
  });
}

const part = (node: string, cpus: number) => ({
  node: nodeName(node),
  cpus,
  memoryMib: 0,
  tasks: 1,
});

describe('a batch of orders', () => {
  it('puts a thousand equal launches into one group and describes them once', () => {
    const described: Launch[] = [];
    const batch = new OrderBatch(newBook(described));
    for (let job = 1; job <= 1000; job++) batch.addLaunch(launch(job));
    expect(batch.groups).toHaveLength(1);
    expect(described).toHaveLength(1);
    const group = batch.groups[0];
    expect(group && groupMessage(group)).toMatchObject({ base: 0, cpus: [1], index: [] });
    expect(group?.job).toHaveLength(1000);
  });

  it('groups launches of two kinds that alternate', () => {
    const batch = new OrderBatch(newBook());
    for (let job = 1; job <= 10; job++) {
      batch.addLaunch(launch(job, { spec: specKey(`spec${job % 2}`) }));
    }
    expect(batch.groups.map((group) => group.job.length)).toEqual([5, 5]);
  });

  it('separates owners, arrays and allocations', () => {
    const batch = new OrderBatch(newBook());
    batch.addLaunch(launch(1));
    batch.addLaunch(launch(2, { owner: { ...OWNER, uid: 7 } }));
    batch.addLaunch(launch(3, { base: jobId(9), index: 1 }));
    batch.addLaunch(launch(4, { base: jobId(9), index: 0 }));
    batch.addLaunch(launch(5, { allocation: [part('n1', 2)] }));
    batch.addLaunch(launch(6, { allocation: [part('n1', 1), part('n2', 1)] }));
    batch.addLaunch(launch(7, { allocation: [part('n1', 1), part('n2', 2)] }));
    expect(batch.groups.map((group) => group.job)).toEqual([[1], [2], [3, 4], [5], [6], [7]]);
    expect(batch.groups[2]).toMatchObject({ base: 9, index: [1, 0] });
  });

  it('holds a signal once, however often it is asked for', () => {
    const batch = new OrderBatch(newBook());
    for (let i = 0; i < 5; i++) batch.addSteering(signalOf('n1', 1, 10) as Signal);
    batch.addSteering(signalOf('n1', 1, 12) as Signal);
    expect(batch.steering.map((order) => order.signal?.signal)).toEqual([10, 12]);
  });
});

describe('the book of specifications', () => {
  it('gives the message of a specification once to each agent process', async () => {
    const book = newBook();
    const entry = book.entryOf(launch(1));
    await book.prepare(entry, launch(1));
    expect(book.use(entry, 1)).toMatchObject({ handle: 1, launch: 'script' });
    expect(book.use(entry, 2)).toBeUndefined();
    book.reset();
    await book.prepare(entry, launch(1));
    expect(book.use(entry, 3)).toMatchObject({ handle: 2 });
  });

  it('drops what was not used for long, never what the message at hand uses', async () => {
    const book = newBook();
    const entries = Array.from({ length: SPECS_KEPT + 2 }, (_, i) => {
      const one = launch(i + 1, { spec: specKey(`spec${i}`) });
      return { one, entry: book.entryOf(one) };
    });
    for (const { one, entry } of entries) {
      await book.prepare(entry, one);
      book.use(entry, 1);
    }
    expect(book.dropSurplus(1)).toEqual([]);
    const first = entries[0];
    if (first !== undefined) book.use(first.entry, 2);
    expect(book.dropSurplus(2)).toEqual([2, 3]);
    expect(entries.slice(0, 4).map(({ entry }) => entry.handle)).toEqual([1, 0, 0, 4]);
  });
});
