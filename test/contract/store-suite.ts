// What every Store promises. Run on the fake and on the real one (store.test.ts).

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { instant } from '../../src/base/brand.ts';
import type { Store } from '../../src/engine/ports.ts';
import { type EndedElements, noEndedElements } from '../../src/model/array-record.ts';
import { jobId } from '../../src/model/ids.ts';
import { indexRange } from '../../src/model/index-set.ts';
import type { JobRecord } from '../../src/model/record.ts';
import type { Owner } from '../../src/model/user.ts';
import type { JobSelection } from '../../src/model/selection.ts';
import { PLAIN_COLUMNS } from '../../src/store/ended-elements.ts';
import { commitOf, newJob, OWNERS, requestOf, specFor } from '../support/store-records.ts';
import { recordArbitrary } from '../support/store-arbitraries.ts';

/** A store of a test, and how to leave it and come back as after a restart. */
export interface StoreUnderTest {
  readonly store: Store;
  reopen(): Promise<Store>;
  close(): Promise<void>;
}

const [ALICE, BOB, ODD] = OWNERS as [Owner, Owner, Owner];
const EVER = { from: instant(0), to: instant(2 ** 45), limit: 1000 };
const LONG_AGO = instant(0);
const FAR_AHEAD = instant(2 ** 45);

export function describeStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await make();
      store = under.store;
    });
    afterEach(() => under.close());

    const finished = (id: number, extra: Partial<JobRecord> = {}): JobRecord =>
      newJob(id, {
        state: 'finished',
        attempt: 1,
        startedAt: instant(id * 1000 + 10),
        endedAt: instant(id * 1000 + 500),
        outcome: { kind: 'exited', exitCode: 0, signal: 0 },
        usage: { userCpuMs: 12.5, systemCpuMs: 3, maxMemoryKib: 1024 },
        ...extra,
      });
    const ids = (jobs: readonly JobRecord[]): number[] => jobs.map((job) => job.id);
    const find = async (selection: JobSelection, more: object = {}): Promise<number[]> =>
      ids(await store.history({ ...EVER, ...more, selection }));

    test('a new store holds nothing', async () => {
      expect(await store.load(LONG_AGO)).toEqual({
        jobs: [],
        requestIds: [],
        definitions: [],
        keys: [],
        settings: {},
      });
      expect(await store.history({ ...EVER, selection: {} })).toEqual([]);
      expect(await store.content(requestOf('x').key)).toBeUndefined();
      expect(await store.jobOfRequest('nobody')).toBeUndefined();
      expect(store.hasRoom()).toBe(true);
    });

    test('what was committed is read back, also after a restart', async () => {
      const jobs = [
        newJob(1),
        newJob(2, { requestId: 'r-2', eligibleAt: instant(5) }),
        finished(3),
      ];
      await store.commit(commitOf(jobs));
      const expected = jobs.map(({ isNew: _, ...job }) => job);
      expect((await store.load(LONG_AGO)).jobs).toEqual(expected);
      store = await under.reopen();
      expect((await store.load(LONG_AGO)).jobs).toEqual(expected);
      expect(await store.jobOfRequest('r-2')).toBe(2);
    });

    test('a later record of a job replaces what changed and keeps its origin', async () => {
      await store.commit(commitOf([newJob(1, { requestId: 'first' })]));
      const { isNew: _, requestId: __, ...later } = finished(1);
      await store.commit(commitOf([{ ...later, submittedAt: instant(77) }]));
      const [job] = (await store.load(LONG_AGO)).jobs;
      expect(job).toEqual({ ...later, requestId: 'first', submittedAt: newJob(1).submittedAt });
      const { startedAt: ___, endedAt: ____, outcome: _____, usage: ______, ...again } = later;
      await store.commit(commitOf([{ ...again, state: 'pending', attempt: 2 }]));
      const [requeued] = (await store.load(LONG_AGO)).jobs;
      expect(requeued).not.toHaveProperty('endedAt');
      expect(requeued).not.toHaveProperty('outcome');
      expect(requeued).toMatchObject({ state: 'pending', attempt: 2 });
    });

    test('commits sent without waiting are kept in their order', async () => {
      const priorities = Array.from({ length: 30 }, (_, i) => i);
      const first = store.commit(commitOf([newJob(1)]));
      const { isNew: _, ...job } = newJob(1);
      await Promise.all([
        first,
        ...priorities.map((priority) => store.commit(commitOf([{ ...job, priority }]))),
      ]);
      expect((await store.load(LONG_AGO)).jobs[0]?.priority).toBe(29);
    });

    test('a load brings what lives, what ended lately, and the elements of living arrays', async () => {
      const array = newJob(10, { elements: elementsOf(noEndedElements()) });
      await store.commit(
        commitOf([
          finished(1),
          finished(2, { endedAt: instant(9_000_000) }),
          newJob(3),
          newJob(4, { state: 'completing', endedAt: instant(1) }),
          array,
          finished(11, { array: jobId(10), element: 4 }),
          finished(20, { elements: elementsOf(noEndedElements()) }),
          finished(21, { array: jobId(20), element: 4 }),
        ]),
      );
      expect(ids((await store.load(instant(9_000_000))).jobs)).toEqual([2, 3, 4, 10, 11]);
      expect(ids((await store.load(FAR_AHEAD)).jobs)).toEqual([3, 4, 10, 11]);
    });

    test('loaded jobs share the objects of their requests and owners', async () => {
      await store.commit(commitOf([newJob(1), newJob(2)]));
      const [one, two] = (await store.load(LONG_AGO)).jobs;
      expect(one?.request).toBe(two?.request);
      expect(one?.owner).toEqual(two?.owner);
    });

    test('a request id belongs to one job for ever', async () => {
      await store.commit(commitOf([finished(1, { requestId: 'same' })]));
      await store.commit(commitOf([newJob(2, { requestId: 'same' }), newJob(3)]));
      expect(await store.jobOfRequest('same')).toBe(1);
      const { jobs, requestIds } = await store.load(LONG_AGO);
      expect([ids(jobs), requestIds]).toEqual([[1, 2, 3], [['same', 1]]]);
    });

    test('a commit that is refused leaves nothing behind', async () => {
      await store.commit(commitOf([newJob(1)]));
      const bad = commitOf([newJob(2), newJob(3), newJob(1)], {
        settings: { next: '4' },
      });
      await expect(store.commit(bad)).rejects.toThrow();
      const { jobs, settings } = await store.load(LONG_AGO);
      expect([ids(jobs), settings]).toEqual([[1], {}]);
      await store.commit(commitOf([newJob(2), newJob(3)]));
      expect(ids((await store.load(LONG_AGO)).jobs)).toEqual([1, 2, 3]);
    });

    test('what a refused commit brought along is not taken for known', async () => {
      await store.commit(commitOf([newJob(1)]));
      const bob = newJob(2, { owner: BOB, ...requestOf('of bob') });
      await expect(store.commit(commitOf([bob, newJob(1)]))).rejects.toThrow();
      await store.commit(commitOf([newJob(4, { owner: ODD, ...requestOf('odd') })]));
      await store.commit(commitOf([bob]));
      const { jobs } = await store.load(LONG_AGO);
      const found = jobs.map(({ owner, request }) => [owner.user, request.name]);
      expect(found).toEqual([
        ['alice', 'job'],
        ['bob', 'of bob'],
        ['o\xff', 'odd'],
      ]);
    });

    test('an update of a job that was never inserted is refused', async () => {
      const { isNew: _, ...unknown } = newJob(9);
      await expect(store.commit(commitOf([unknown]))).rejects.toThrow();
    });

    test('content comes back byte for byte, also empty', async () => {
      const bytes = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
      const odd = specFor('odd', { script: bytes, environment: new Uint8Array() });
      // A view of a part of a larger buffer is only that part.
      const part = specFor('part', {
        script: bytes.subarray(3, 7),
        environment: bytes.subarray(9),
      });
      await store.commit(commitOf([newJob(1)], { specs: [specFor('job'), odd, part] }));
      for (const spec of [odd, part]) {
        const found = await store.content(spec.key);
        expect([...(found?.script ?? [1])]).toEqual([...spec.content.script]);
        expect([...(found?.environment ?? [1])]).toEqual([...spec.content.environment]);
      }
    });

    test('a specification that is there already may come again', async () => {
      await store.commit(commitOf([newJob(1)]));
      await store.commit(commitOf([newJob(2)]));
      expect(ids((await store.load(LONG_AGO)).jobs)).toEqual([1, 2]);
    });

    test('settings, definitions and keys: the last word counts', async () => {
      const definition = {
        name: 'd\xe9f',
        revision: 1,
        active: true,
        uid: 7,
        properties: { a: ['\xff'] },
      };
      const second = { ...definition, revision: 2 };
      const key = {
        accessKeyId: 'AK1',
        secretAccessKey: 's\x00\xff',
        owner: ALICE,
        createdAt: instant(5),
      };
      const settings = { next: '1', 'odd \xff\x00': '\xc3\xa9 \xff' };
      await store.commit(
        commitOf([], {
          definitions: [definition, second],
          keys: [key, { ...key, accessKeyId: 'AK2' }],
          settings,
        }),
      );
      await store.commit(
        commitOf([], {
          definitions: [{ ...definition, active: false }],
          deletedKeys: ['AK2', 'never'],
          settings: { next: '2' },
        }),
      );
      store = await under.reopen();
      const loaded = await store.load(LONG_AGO);
      expect(loaded.settings).toEqual({ ...settings, next: '2' });
      expect(loaded.keys).toEqual([key]);
      const byRevision = [...loaded.definitions].sort((a, b) => a.revision - b.revision);
      expect(byRevision).toEqual([{ ...definition, active: false }, second]);
    });

    test('an array adds up what ended, over commits of any size', async () => {
      const batches = [1, 3, 250, 1, 5_000, 10].map((count, batch) => endedElements(count, batch));
      const all = noEndedElements();
      for (const batch of batches) {
        const isFirst = batch === batches[0];
        const record = newJob(1, { elements: elementsOf(batch) });
        const { isNew: _, ...known } = record;
        await store.commit(commitOf([isFirst ? record : known]));
        for (const name of PLAIN_COLUMNS) for (const n of batch[name]) all[name].push(n);
        for (const at of batch.node) {
          const node = batch.nodes[at] as string;
          if (!all.nodes.includes(node)) all.nodes.push(node);
          all.node.push(all.nodes.indexOf(node));
        }
      }
      store = await under.reopen();
      const [array] = (await store.load(LONG_AGO)).jobs;
      expect(array?.elements?.ended).toEqual(all);
      expect(array?.elements).toMatchObject({ waiting: indexRange(5, 50, 5), active: ACTIVE });
    });

    test('history finds by every part of a selection', async () => {
      await store.commit(
        commitOf([
          finished(1, { owner: ALICE }),
          finished(2, {
            owner: BOB,
            ...requestOf('other', { queue: 'night', account: 'acc' }),
          }),
          finished(3, { owner: ODD, ...requestOf('caf\xe9') }),
          newJob(4),
          finished(5, { allocation: [allocated('n1')] }),
          finished(6, { allocation: [allocated('n2'), allocated('n3')] }),
          finished(7, { elements: elementsOf(endedElements(3, 0)) }),
          finished(8, { array: jobId(7), element: 3 }),
          finished(9, { array: jobId(7), element: 4 }),
        ]),
      );
      expect(await find({})).toEqual([1, 2, 3, 5, 6, 7, 8, 9]);
      expect(await find({ users: ['bob'] })).toEqual([2]);
      expect(await find({ users: ['1001', 'o\xff'] })).toEqual([2, 3]);
      expect(await find({ users: [] })).toEqual([]);
      expect(await find({ users: ["x' or 1=1--", '%'] })).toEqual([]);
      expect(await find({ names: ['other', 'caf\xe9'] })).toEqual([2, 3]);
      expect(await find({ namePattern: 'ot*r' })).toEqual([2]);
      expect(await find({ namePattern: '*f\xe9' })).toEqual([3]);
      expect(await find({ namePattern: '?ther' })).toEqual([]);
      expect(await find({ queues: ['night'] })).toEqual([2]);
      expect(await find({ accounts: ['acc'] })).toEqual([2]);
      expect(await find({ states: ['running'] })).toEqual([]);
      expect(await find({ states: ['finished'], users: ['bob'] })).toEqual([2]);
      expect(await find({ nodes: ['n1'] })).toEqual([5]);
      expect(await find({ nodes: ['n3'] })).toEqual([6]);
      expect(await find({ nodes: ['node1'] })).toEqual([7]);
      expect(await find({ refs: [{ job: jobId(1) }, { job: jobId(4) }] })).toEqual([1]);
      expect(await find({ refs: [{ job: jobId(7) }] })).toEqual([7, 8, 9]);
      expect(await find({ refs: [{ job: jobId(7), elements: indexRange(4, 9) }] })).toEqual([7, 9]);
      expect(await find({ refs: [{ job: jobId(8) }], names: ['other'] })).toEqual([]);
      expect(await find({ onlyLast: true })).toEqual([9]);
      expect(await find({ onlyLast: true, users: ['bob'] })).toEqual([2]);
    });

    test('an element in the columns is found by its own number, its neighbours are not', async () => {
      const ended = endedElements(3, 0);
      await store.commit(
        commitOf([
          finished(1, { elements: elementsOf(ended) }),
          finished(2, { array: jobId(1), element: 99 }),
        ]),
      );
      expect(await find({ refs: [{ job: jobId(ended.job[1] as number) }] })).toEqual([1]);
      expect(await find({ refs: [{ job: jobId((ended.job[1] as number) + 1) }] })).toEqual([]);
    });

    test('history keeps to the window, its ends included', async () => {
      await store.commit(commitOf([1, 2, 3].map((id) => finished(id))));
      const within = (from: number, to: number): Promise<number[]> =>
        find({}, { from: instant(from), to: instant(to) });
      expect(await within(1500, 2000)).toEqual([1, 2]);
      expect(await within(1501, 1999)).toEqual([]);
      expect(await within(2500, 9999)).toEqual([2, 3]);
    });

    test('history pages by id', async () => {
      await store.commit(commitOf([1, 2, 3, 4, 5].map((id) => finished(id))));
      expect(await find({}, { limit: 2 })).toEqual([1, 2]);
      expect(await find({}, { limit: 2, after: jobId(2) })).toEqual([3, 4]);
      expect(await find({}, { limit: 2, after: jobId(4) })).toEqual([5]);
    });

    test('any record comes back equal, with whatever bytes are in its text', async () => {
      let id = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(recordArbitrary, { minLength: 1, maxLength: 5 }),
          async (drafts) => {
            const jobs = drafts.map((draft) => draft(++id));
            const now = instant(1);
            await store.commit(
              commitOf(jobs, {
                specs: jobs.map((job) => specFor(job.request.name, {}, job)),
                events: jobs.map((job) => ({
                  job: job.id,
                  at: now,
                  kind: 'k',
                  data: job.request.name,
                })),
              }),
            );
            const expected = jobs.map(({ isNew: _, ...job }) => job);
            const found = (await store.load(LONG_AGO)).jobs.slice(-jobs.length);
            expect(found).toEqual(expected);
            for (const job of jobs) {
              const same = await store.history({
                ...EVER,
                selection: { names: [job.request.name] },
              });
              expect(ids(same).includes(job.id)).toBe(job.state === 'finished');
            }
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}

const ACTIVE = [
  {
    index: 3,
    job: jobId(900),
    state: 'running' as const,
    startedAt: instant(7),
    allocatedAt: instant(6),
    allocation: [allocated('n1')],
  },
];

function allocated(node: string) {
  return { node: node as never, cpus: 2, memoryMib: 100, tasks: 1 };
}

function elementsOf(ended: EndedElements) {
  return { waiting: indexRange(5, 50, 5), active: ACTIVE, ended };
}

/** Elements with own numbers of even value, ended in no order of their indices. */
function endedElements(count: number, batch: number): EndedElements {
  const ended = noEndedElements();
  ended.nodes.push(`node${batch % 2}`, 'node1', `n\xf6de${batch}`);
  if (batch % 2 === 1) ended.nodes.splice(0, 1);
  for (let i = 0; i < count; i++) {
    ended.index.push((i * 7919) % 10_000);
    ended.job.push(1_000_000 + batch * 20_000 + i * 2);
    ended.startedAt.push(i % 5 === 0 ? Number.NaN : 1.7e12 + i);
    ended.endedAt.push(1.7e12 + i * 3 - (i % 7) * 1000);
    ended.exitCode.push(i % 3 === 0 ? 255 : 0);
    ended.signal.push(i % 4 === 0 ? 9 : 0);
    ended.outcome.push(i % 3);
    ended.userCpuMs.push(i * 1000);
    ended.systemCpuMs.push(0);
    ended.maxMemoryKib.push(2 ** 31 + i);
    ended.node.push(i % 2 === 0 ? ended.nodes.length - 2 : ended.nodes.length - 1);
  }
  return ended;
}
