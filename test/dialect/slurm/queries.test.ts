// squeue and sacct against recordings of Slurm 22.05.8 (08-squeue, 12-sacct).

import { describe, expect, test } from 'vitest';
import { slurmPrograms } from '../../../src/dialects/slurm/programs.ts';
import {
  type GoldenCase,
  differences,
  goldenCases,
  runCase,
} from '../../support/dialect-golden.ts';
import { sacctSituation, squeueSituation } from '../../support/slurm-situations.ts';
import { type Instant, instant } from '../../../src/base/brand.ts';
import type { FakeJobs } from '../../support/fake-jobs.ts';

/** How much later than the first case some were recorded, where no shape hides it. */
const SECONDS_LATER: Readonly<Record<string, number>> = {
  'letter-upper-L': 4,
  'letter-lower-e': 4,
  'field-endtime': 6,
  'field-starttime': 6,
  'field-timeleft': 6,
};

const FOLDER = new URL('.', import.meta.url).pathname;

describe.each([
  ['08-squeue', squeueSituation, instant(Date.UTC(2026, 10, 24, 23, 8, 3))],
  ['12-sacct', sacctSituation, instant(Date.UTC(2026, 10, 24, 23, 15, 40))],
] as const)('%s', (section, situation: (now: Instant) => FakeJobs, now) => {
  test.each(goldenCases(`${FOLDER}${section}`).map(withoutSteps))(
    '$name is printed as recorded',
    (golden) => {
      const later = 1000 * (SECONDS_LATER[golden.name] ?? 0);
      const jobs = situation(instant(now + later));
      const printed = runCase(golden, {
        programs: slurmPrograms,
        world: {
          command: (command, by) => jobs.command(command, by),
          query: (query) => jobs.query(query),
          lookUpUser: (name) => (/^(alice|bob|root)$/.test(name) ? { uid: 1 } : undefined),
        },
        call: { now: instant(now + later) },
      });
      const found = differences(golden, printed, { anyOrder: section === '08-squeue' });
      expect(found, found.slice(0, 12).join('\n')).toEqual([]);
    },
  );
});

/** The recording without the rows of steps that srun started, which we do not have. */
function withoutSteps(golden: GoldenCase): GoldenCase {
  const lines = golden.stdout.split('\n');
  // A single field does not say of whom it is: the steps of 100004 are the seventh row to the
  // ninth.
  const isField = golden.name.startsWith('field-') && golden.command.includes('100004');
  const kept = isField
    ? lines.filter((_line, i) => i < 8 || i > 10)
    : lines.filter((line) => !/(^|\b)(100004\.[012]|100013\.0)\b/.test(line));
  return { ...golden, stdout: kept.join('\n') };
}
