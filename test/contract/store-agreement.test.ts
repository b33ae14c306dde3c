// The fake and the real store answer alike, whatever is asked: random jobs, random selections, with
// quotes, wildcards and odd bytes where names are expected.

import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instant } from '../../src/base/brand.ts';
import { jobId } from '../../src/model/ids.ts';
import { indexSetOf } from '../../src/model/index-set.ts';
import type { JobRecord } from '../../src/model/record.ts';
import type { JobSelection } from '../../src/model/selection.ts';
import type { SqliteStore } from '../../src/store/sqlite-store.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { storeOn, temporaryDirectory } from '../support/store-processes.ts';
import { commitOf, newJob, requestOf } from '../support/store-records.ts';

const ids = (jobs: readonly JobRecord[]): number[] => jobs.map((job) => job.id);

const name = fc.constantFrom(
  'a',
  'ab',
  "x' or 1=1--",
  '%',
  '_',
  '*',
  '\xff',
  '\xc3\xa9',
  'a\0b',
  '12',
);
const names = fc.array(name, { maxLength: 3 });
const small = fc.nat(12);

const job = fc.record({
  name,
  queue: name,
  account: fc.option(name, { nil: undefined }),
  user: name,
  uid: small,
  node: name,
  nodes: fc.nat(2),
  isFinished: fc.boolean(),
  submitted: small,
  lasted: small,
  array: fc.option(small, { nil: undefined }),
  element: small,
});

const selection = fc.record(
  {
    refs: fc.array(
      fc.record(
        { job: small.map(jobId), elements: fc.array(small).map((list) => indexSetOf(list)) },
        { requiredKeys: ['job'] },
      ),
      { maxLength: 4 },
    ),
    users: names,
    names,
    namePattern: fc
      .array(fc.constantFrom('a', 'b', '*', "'", '%'), { maxLength: 4 })
      .map((c) => c.join('')),
    queues: names,
    accounts: names,
    nodes: names,
    onlyLast: fc.boolean(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JobSelection>;

/** Few parts at a time, or hardly anything is ever found. */
const fewParts = fc
  .tuple(selection, fc.array(fc.nat(7), { minLength: 1, maxLength: 2 }))
  .map(([whole, kept]) => {
    const parts = Object.entries(whole);
    return Object.fromEntries(parts.filter((_, i) => kept.includes(i))) as JobSelection;
  });

const window = fc.record({
  from: small.map(instant),
  to: small.map(instant),
  after: small.map(jobId),
});

let memory: MemoryStore;
let disk: SqliteStore;
let remove: () => void;

beforeEach(async () => {
  const made = temporaryDirectory('agreement');
  remove = made.remove;
  disk = storeOn(made.directory);
  await disk.start();
  memory = new MemoryStore();
});

afterEach(async () => {
  await disk.stop();
  remove();
});

test('both stores answer every selection alike', async () => {
  const [drafts] = fc.sample(fc.array(job, { minLength: 150, maxLength: 150 }), {
    numRuns: 1,
    seed: 7,
  });
  const jobs = (drafts ?? []).map((draft, i) => {
    const { queue, account, user, uid, submitted } = draft;
    const of = requestOf(draft.name, { queue, ...(account !== undefined && { account }) });
    const allocated = { node: draft.node as never, cpus: 1, memoryMib: 0, tasks: 1 };
    return newJob(i + 1, {
      spec: of.spec,
      request: of.request,
      owner: { uid, gid: 1, user, group: 'g' },
      submittedAt: instant(submitted),
      state: draft.isFinished ? 'finished' : 'running',
      allocation: Array.from({ length: draft.nodes }, () => allocated),
      ...(draft.isFinished && { endedAt: instant(submitted + draft.lasted) }),
      ...(draft.array !== undefined && { array: jobId(draft.array), element: draft.element }),
    });
  });
  for (const store of [memory, disk]) await store.commit(commitOf(jobs));
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fewParts, window, fc.nat(20), async (of, { from, to, after }, limit) => {
      const query = { selection: of, from, to: instant(to + 6), after, limit };
      const [expected, got] = [await memory.history(query), await disk.history(query)];
      expect(ids(got)).toEqual(ids(expected));
      found += got.length;
    }),
    { numRuns: 500 },
  );
  // Else it would have compared nothing with nothing.
  expect(found).toBeGreaterThan(200);
  for (const since of [0, 5, 100]) {
    const [expected, got] = [await memory.load(instant(since)), await disk.load(instant(since))];
    expect(got.jobs).toEqual(expected.jobs);
  }
});

test('ten thousand ids in one question are a question like any other', async () => {
  await disk.commit(commitOf([newJob(5, { state: 'finished', endedAt: instant(9_000) })]));
  const refs = Array.from({ length: 10_000 }, (_, i) => ({ job: jobId(i + 1) }));
  const query = { from: instant(0), to: instant(10_000), limit: 10 };
  expect(ids(await disk.history({ ...query, selection: { refs } }))).toEqual([5]);
});
