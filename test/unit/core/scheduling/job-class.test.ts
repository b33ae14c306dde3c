// The line of a class: priority, then time; leaving and coming back.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classKey } from '../../../../src/core/scheduling/job-class.ts';
import { queueName } from '../../../../src/model/ids.ts';
import type { JobRequest } from '../../../../src/model/job-request.ts';
import { CoreWorld, request } from '../../../support/core-world.ts';

describe('a class of jobs', () => {
  test('stands in line by priority, then by when each came', () => {
    const step = fc.oneof(
      fc.record({
        what: fc.constant('submit' as const),
        priority: fc.integer({ min: -2, max: 2 }),
      }),
      fc.record({ what: fc.constantFrom('hold', 'release'), at: fc.nat({ max: 30 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const world = new CoreWorld();
        const line: { job: number; priority: number; came: number }[] = [];
        const all: { job: number; priority: number; isHeld: boolean }[] = [];
        let came = 0;
        for (const one of steps) {
          if (one.what === 'submit') {
            const { priority } = one;
            const job = world.submit({ dialect: 'lsf', userPriority: priority });
            all.push({ job, priority, isHeld: false });
            line.push({ job, priority, came: came++ });
            continue;
          }
          const target = all[one.at % Math.max(1, all.length)];
          const isHold = one.what === 'hold';
          if (target === undefined || target.isHeld === isHold) continue;
          const kind = isHold ? 'holdJobs' : 'releaseJobs';
          world.steer({ kind, selection: { refs: [{ job: target.job as never }] } });
          target.isHeld = isHold;
          const at = line.findIndex((entry) => entry.job === target.job);
          if (isHold) line.splice(at, 1);
          else line.push({ job: target.job, priority: target.priority, came: came++ });
        }
        line.sort((a, b) => b.priority - a.priority || a.came - b.came);
        const [jobClass] = world.state.classes.values();
        const found = jobClass === undefined ? [] : [...jobClass].map((job) => job.id as number);
        expect(found).toEqual(line.map((entry) => entry.job));
        expect(jobClass?.size ?? 0).toBe(line.length);
        expect(jobClass?.first()?.id).toBe(line[0]?.job);
      }),
      { numRuns: 60 },
    );
  });

  test.each<[string, Partial<JobRequest>, boolean]>([
    ['name, owner and command aside', { name: 'other', command: 'x', account: 'a' }, true],
    ['priority aside', { userPriority: 9 }, true],
    ['queue', { queue: queueName('fast') }, false],
    ['time limit', { limits: { wallTimeMs: 1 } }, false],
    ['CPUs', { resources: { tasks: 1, cpusPerTask: 2 } }, false],
    ['memory', { resources: { tasks: 1, cpusPerTask: 1, memoryMibPerNode: 5 } }, false],
  ])('is told by %s', (_, fields, isSame) => {
    expect(classKey(request(fields)) === classKey(request())).toBe(isSame);
  });
});
