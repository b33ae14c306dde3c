// Which finished jobs leave memory, and what one call may cost.

import { expect, it } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { forgetFinished } from '../../../src/core/forget.ts';
import { indexRange } from '../../../src/model/index-set.ts';
import { CoreWorld } from '../../support/core-world.ts';

it('any number of ended elements stay in memory with their array', () => {
  const world = new CoreWorld();
  world.check = false;
  const job = world.submit({ array: { indices: indexRange(1, 200_000) } });
  for (const first of [1, 90_001]) {
    const refs = [{ job, elements: indexRange(first, first + 89_999) }];
    world.steer({ kind: 'cancelJobs', selection: { refs }, plan: { signals: [] } });
  }
  const keep = { endedSince: instant(world.now + 1), most: 10 };
  for (let calls = 0; calls < 10; calls++) forgetFinished(world.state, keep);
  expect(world.state.finished.length).toBe(180_000);
  world.cancel(job);
  for (let calls = 0; calls < 10; calls++) forgetFinished(world.state, keep);
  expect(world.state.jobs.size).toBe(0);
});
