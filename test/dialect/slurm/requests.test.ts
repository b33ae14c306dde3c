// What a submission asks for, against what `scontrol show job` of Slurm 22.05.8 said after the same
// submission (02-sbatch-options, and the directives and variables of 01-sbatch-basic).

import { describe, expect, test } from 'vitest';
import { type Instant, instant } from '../../../src/base/brand.ts';
import { compressHostlist } from '../../../src/base/hostlist.ts';
import type { Program } from '../../../src/dialects/kit/dialog.ts';
import { dependencyText } from '../../../src/dialects/slurm/dependencies.ts';
import { formatElapsed } from '../../../src/dialects/slurm/durations.ts';
import { JOB_COLUMNS, type ListingContext } from '../../../src/dialects/slurm/job-columns.ts';
import { formatMib } from '../../../src/dialects/slurm/memory.ts';
import { slurmPrograms } from '../../../src/dialects/slurm/programs.ts';
import { timeWriter } from '../../../src/dialects/slurm/time-format.ts';
import { zone } from '../../../src/dialects/kit/time-zone.ts';
import type { JobView } from '../../../src/model/view.ts';
import { type GoldenCase, goldenCases, runCase } from '../../support/dialect-golden.ts';
import { FakeJobs } from '../../support/fake-jobs.ts';

const FOLDER = new URL('.', import.meta.url).pathname;
const UTC = zone('UTC');

/** The small scripts that the recordings submit. */
const FILES: Readonly<Record<string, string>> = {
  'hello.sh': '#!/bin/bash\necho hello from $SLURM_JOB_ID\n',
  'directives.sh':
    '#!/bin/bash\n#SBATCH --job-name=fromscript\n#SBATCH -t 10\n#SBATCH --mem=200M\n# a comment\n\n' +
    '#SBATCH --comment="two words"   # trailing comment\n##SBATCH --nice=99\n #SBATCH --nice=77\n' +
    'echo x\n#SBATCH --nice=55\n',
  'pbs.sh':
    '#!/bin/bash\n#PBS -N pbsname\n#PBS -l walltime=00:07:00\n#PBS -l nodes=1:ppn=2\necho x\n',
  'bsub.sh': '#!/bin/bash\n#BSUB -J bsubname\n#BSUB -W 9\n#BSUB -n 2\necho x\n',
};

/** Prints nothing; keeps the job that it is asked about. */
function scontrol(jobs: FakeJobs, shown: JobView[]): Program {
  return function* (call) {
    const id = Number(call.arguments.at(-1));
    const view = jobs.views.find((job) => job.id === id);
    if (view !== undefined) shown.push(view);
    yield* [];
    return 0;
  };
}

const silent: Program = function* () {
  yield* [];
  return 0;
};

const SECTIONS = ['01-sbatch-basic', '02-sbatch-options'];

describe.each(SECTIONS)('%s', (section) => {
  const cases = goldenCases(`${FOLDER}${section}`).filter(
    ({ command, exit }) => command.includes('scontrol show job') && exit === 0,
  );
  test.each(cases)('$name asks for what was recorded', (golden) => {
    const recorded = recordedFacts(golden);
    const now = instant(Date.parse(`${recorded['SubmitTime'] ?? '2026-11-24T23:00:30'}Z`));
    const [, id = '100000'] = /\b(1\d{5})(?!\d)/.exec(golden.stdout) ?? [];
    const jobs = new FakeJobs({ now, nextId: Number(id) });
    const shown: JobView[] = [];
    const world = { command: jobs.command.bind(jobs), query: jobs.query.bind(jobs) };
    const others = { scontrol: scontrol(jobs, shown), date: silent, wj: silent, cat: silent };
    const programs = { ...slurmPrograms, ...others };
    const printed = runCase(golden, { programs, world, files: FILES, call: { now } });
    expect(printed.stderr).toBe('');
    const [view] = shown;
    const ours = view === undefined ? {} : facts(view, now);
    const compared = Object.keys(ours).filter((key) => key in recorded);
    expect(compared.length).toBeGreaterThan(0);
    for (const key of compared) expect(`${key}=${ours[key]}`).toBe(`${key}=${recorded[key]}`);
  });
});

/** `Key=value` words; the comment is a line. */
function recordedFacts({ stdout }: GoldenCase): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, key = '', value = ''] of stdout.matchAll(/(?:^|\s)([A-Za-z/]+)=(\S*)/g)) {
    // Which of the original's two schedulers started the job decides.
    found[key] ??= value === '365-00:00:00' ? 'UNLIMITED' : value;
  }
  const comment = /^ *Comment=(.*) $/m.exec(stdout);
  if (comment !== null) found['Comment'] = comment[1] ?? '';
  return found;
}

/** The same words for a job of ours, as far as it says anything about them. */
function facts(view: JobView, now: Instant): Record<string, string> {
  const { request } = view;
  const { resources, limits } = request;
  const column = (field: string) => columnText(view, field, now);
  const limit = limits.wallTimeMs;
  const hosts = (names: readonly string[] | undefined) =>
    names === undefined ? '(null)' : compressHostlist(names);
  const isPlainTime = request.queue === 'debug' && request.beginAt === undefined;
  return {
    JobName: request.name,
    Nice: String(request.nice ?? 0),
    Partition: column('partition'),
    NumTasks: String(resources.tasks),
    'CPUs/Task': String(resources.cpusPerTask),
    WorkDir: request.workingDirectory,
    StdOut: column('stdout'),
    StdErr: column('stderr'),
    StdIn: column('stdin'),
    Command: column('command'),
    Dependency: dependencyText(view) ?? '(null)',
    ReqNodeList: hosts(resources.nodeNames),
    ExcNodeList: hosts(resources.excludedNodeNames),
    ...(limit === undefined ? {} : { TimeLimit: formatElapsed(limit) }),
    ...(limit === undefined && isPlainTime ? { TimeLimit: 'UNLIMITED' } : {}),
    ...(request.account === undefined ? {} : { Account: request.account }),
    ...(request.comment === undefined ? {} : { Comment: request.comment }),
    ...(request.rerunnable === undefined ? {} : { Requeue: request.rerunnable ? '1' : '0' }),
    ...(request.beginAt === undefined ? {} : { StartTime: column('starttime') }),
    ...memory('MinMemoryNode', resources.memoryMibPerNode),
    ...memory('MinMemoryCPU', resources.memoryMibPerCpu),
  };
}

function memory(name: string, mib: number | undefined): Record<string, string> {
  return mib === undefined ? {} : { [name]: formatMib(mib) };
}

function columnText(view: JobView, field: string, now: Instant): string {
  const context: ListingContext = {
    now,
    time: timeWriter(undefined, UTC, now),
    cluster: 'lab',
    listLength: 64,
    convertUnits: true,
  };
  // A begin time shows while the job waits for it, which the jobs of this test do not.
  const waiting = { ...view, reason: 'beginTime' as const };
  const column = JOB_COLUMNS.find(({ fields }) => fields.includes(field));
  return column?.value(field === 'starttime' ? waiting : view, context) ?? '';
}
