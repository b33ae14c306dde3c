// Listings of many jobs are written in slices of bounded size, so that others have their turn
// between.

import { expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { slurmPrograms } from '../../../src/dialects/slurm/programs.ts';
import { jobId } from '../../../src/model/ids.ts';
import type { JobView } from '../../../src/model/view.ts';
import { invocation, run } from '../../support/dialog-runner.ts';
import { squeueSituation } from '../../support/slurm-situations.ts';

const NOW = instant(Date.UTC(2026, 10, 24, 23, 8, 3));
const COUNT = 100_000;

function manyJobs(): JobView[] {
  const { views } = squeueSituation(NOW);
  return Array.from({ length: COUNT }, (_one, i) => {
    const view = views[i % views.length] as JobView;
    return { ...view, id: jobId(i + 1), base: jobId(i + 1), state: 'running' as const };
  });
}

test.each([
  ['squeue', []],
  ['sacct', ['-X', '-a', '-S', '2026-11-01']],
] as const)('%s of 100,000 jobs is written in slices', (name, words) => {
  const jobs = manyJobs();
  const program = slurmPrograms[name];
  if (program === undefined) throw new Error(`no ${name}`);
  const call = invocation(name, words, { now: NOW });
  const ran = run(program, call, { query: () => ({ kind: 'jobs', asOf: NOW, jobs }) });
  expect(ran.stdout.split('\n').length).toBeGreaterThan(COUNT / 2);
  expect(ran.writes).toBeGreaterThan(ran.stdout.split('\n').length / 501);
});
