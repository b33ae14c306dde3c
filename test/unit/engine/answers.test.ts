// What is shown of jobs that are partly in memory and partly on the disk alone.

import { expect, it } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { forgetFinished } from '../../../src/core/forget.ts';
import { recordOf } from '../../../src/core/record.ts';
import type { Job } from '../../../src/core/state.ts';
import { answer } from '../../../src/engine/answers.ts';
import type { Store } from '../../../src/engine/ports.ts';
import { indexRange } from '../../../src/model/index-set.ts';
import { ALICE, CoreWorld } from '../../support/core-world.ts';

it('an element that left memory before its array is in the accounting', async () => {
  const world = new CoreWorld();
  const array = world.submit({ array: { indices: indexRange(1, 3) } });
  world.cancel(array, { elements: [2] });
  world.cancel(array);
  const records = [...world.state.jobs.values()].map((job: Job) => recordOf(job));
  forgetFinished(world.state, { endedSince: instant(0), most: 1 });
  expect([...world.state.jobs.keys()]).toEqual([array]);
  const store = { history: () => Promise.resolve(records) } as unknown as Store;
  const query = { kind: 'history', selection: {}, from: instant(0), to: world.now } as const;
  const parts = { store, now: world.now, evictedUntil: world.now };
  const later = answer(world.state, query, ALICE, parts);
  const view = typeof later === 'function' ? await later() : later;
  const jobs = view.kind === 'jobs' ? view.jobs : [];
  expect(jobs.map(({ element }) => element)).toEqual([undefined, 2]);
});
