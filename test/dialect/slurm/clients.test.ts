// The commands as workflow engines call them, and their own expressions applied to what we print.
// Each row names the client whose source holds the call and the expression.

import { describe, expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { slurmPrograms } from '../../../src/dialects/slurm/programs.ts';
import { jobId } from '../../../src/model/ids.ts';
import { shellWords } from '../../support/dialect-golden.ts';
import { identity, invocation, run } from '../../support/dialog-runner.ts';
import { FakeJobs } from '../../support/fake-jobs.ts';
import { sacctSituation, squeueSituation } from '../../support/slurm-situations.ts';

const QUEUE_TIME = instant(Date.UTC(2026, 10, 24, 23, 8, 3));
const ACCOUNT_TIME = instant(Date.UTC(2026, 10, 24, 23, 15, 40));
const SCRIPT = '#!/bin/bash\necho\n';

function call(line: string, jobs: FakeJobs, now = QUEUE_TIME, files = SCRIPT) {
  const [name = '', ...words] = shellWords(line);
  const program = slurmPrograms[name];
  if (program === undefined) throw new Error(`no ${name}`);
  return run(program, invocation(name, words, { now }), {
    file: () => files,
    stdin: files,
    command: jobs.command.bind(jobs),
    query: jobs.query.bind(jobs),
  });
}

describe('a submission', () => {
  test.each([
    ['Nextflow', 'sbatch .command.run', /Submitted batch job (\d+)/],
    ['Parsl', 'sbatch FILE', /^Submitted batch job (\S*)$/m],
    ['ReFrame', 'sbatch FILE', /Submitted batch job (\d+)/],
    ['dask-jobqueue', 'sbatch FILE', /^\D*(\d+)/],
    ['ipyparallel, maestrowf', 'sbatch FILE --ntasks=2', /(\d+)/],
    ['submitit', 'sbatch FILE', /job ([0-9]+)/],
    ['simple_slurm', 'sbatch FILE', /^\S+ \S+ \S+ (\d+)\n/],
    ['batchtools', 'sbatch FILE', /^(?:\S+ ){3}(\d+)\n/],
    [
      'Toil',
      "sbatch -J toil_job_1_x --export=ALL,A='v' --mem=4 --cpus-per-task=2 -o %j -e e --wrap=x",
      /(\d+)\s*$/,
    ],
    [
      'qtoolkit, AiiDA',
      'sbatch FILE',
      /(?:.*:\s*)?(?:[Gg]ranted job allocation|[Ss]ubmitted batch job)\s+(\d+)/,
    ],
    [
      'Cromwell',
      'sbatch -J n -D /d -o o -e e -t 10 -p short -n 1 --mem-per-cpu 100 --wrap "/bin/bash script"',
      /Submitted batch job (\d+).*/,
    ],
    [
      'MATLAB',
      'sbatch --job-name=j --output=o --export=NONE script',
      /.*Submitted batch job ([0-9]+).*/,
    ],
    ['ood_core, snakemake plugin', 'sbatch --parsable --export NONE', /^([^;\n]+)/],
    ['PSI/J, radical.saga', 'sbatch FILE', /(\d+)\n$/],
    [
      'Snakemake --slurm',
      "sbatch -J x -o .snakemake/slurm_logs/%j.log --export=ALL -A a -p short -t 5 --mem 100 --cpus-per-task=1 -D /d --wrap='x'",
      /(\d+)\s*$/,
    ],
  ])('of %s gives the id: %s', (_client, line, expression) => {
    const ran = call(line, new FakeJobs({ now: QUEUE_TIME, nextId: 4711 }));
    expect(ran.stderr).toBe('');
    expect(expression.exec(ran.stdout)?.[1]).toBe('4711');
    expect(ran.status).toBe(0);
  });

  test('of Nextflow has directives with a blank before the value', () => {
    const script =
      '#!/bin/bash\n#SBATCH --array 0-4\n#SBATCH -J nf-task\n#SBATCH -o "/w/a b/.command.log"\n' +
      '#SBATCH --no-requeue\n#SBATCH --signal B:USR2@30\n#SBATCH -c 2\n#SBATCH -t 01:00:00\n' +
      '#SBATCH --mem 4096M\n#SBATCH -p short\n';
    const jobs = new FakeJobs({ now: QUEUE_TIME, nextId: 7 });
    expect(call('sbatch .command.run', jobs, QUEUE_TIME, script).stderr).toBe('');
    expect(jobs.views[0]?.request).toMatchObject({
      name: 'nf-task',
      queue: 'short',
      rerunnable: false,
      resources: { cpusPerTask: 2, memoryMibPerNode: 4096 },
      limits: { wallTimeMs: 3_600_000 },
      streams: { stdout: '/w/a b/.command.log' },
      warningSignal: { signal: 12, beforeMs: 30_000, script: true },
    });
  });
});

describe('a listing', () => {
  test.each([
    ['Nextflow', 'squeue --noheader -o "%i %t" -t all -u alice', /^100002_1 R$/m],
    ['Nextflow', 'squeue --noheader -o "%i %t" -t all -u alice', /^100004 F$/m],
    ['Toil', "squeue -h --format '%i %t %M'", /^100000 R 0:\d\d$/m],
    ['Parsl', "squeue --noheader --format='%i %t' --job '100000'", /^100000 R$/],
    ['ReFrame', 'squeue -h -j 100009 -o "%i|%T|%N|%r"', /^100009\|PENDING\|\|Resources$/],
    [
      'batchtools',
      'squeue --user=alice --states=PD,CF,RF,RH,RQ,SE --noheader --format=%i -r',
      /^100002_3$/m,
    ],
    [
      'batchtools',
      'squeue --user=alice --states=R,S,CG,RS,SI,SO,ST --noheader --format=%i -r',
      /^100000$/m,
    ],
    ['PSI/J', 'squeue -O JobArrayID,StateCompact,Reason -t all --me', /^100009 +PD +Resources +$/m],
    ['Pulsar', "squeue -a -o '%A %t' -j 100000", /^JOBID ST\n100000 R$/],
    [
      'maestrowf',
      "squeue -u alice -t all --format='%.18i %.8j %.8u %.2t'",
      /^ +100017 cancelle +alice CA$/m,
    ],
    [
      'qtoolkit',
      "squeue --noheader -o '%i<><> %t<><> %r' --jobs=999999,999999,100000",
      /^100000<><> R<><> None$/,
    ],
    [
      'MATLAB',
      'squeue -j 100002 --states=all --Format=jobarrayid,state --noheader --array',
      /^100002_3 +PENDING +$/m,
    ],
    ['batchspawner', 'squeue -h -j 100000 -o "%T %B"', /^RUNNING n2$/],
    ['exporter', 'squeue -a -r -h "-o %A|%a|%T|%C"', /^ 100000\|physics\|RUNNING\|2$/m],
    [
      'snakemake plugin',
      "squeue --format='%i|%T' --states=all --noheader --name run1",
      /^100000\|RUNNING$/,
    ],
    [
      'ood_core',
      'squeue --all --states=all --noconvert -O Account:;,jobid:;,StateCompact:; -j 100000',
      /^ACCOUNT;JOBID;ST;\nphysics;100000;R;$/,
    ],
    [
      'turm',
      'squeue --array --noheader --Format jobid:###turm###,name:###turm###',
      /^100000###turm###run1###turm###$/m,
    ],
  ])('of %s is read: %s', (_client, line, expression) => {
    const ran = call(line, squeueSituation(QUEUE_TIME));
    expect(ran.stdout.trimEnd()).toMatch(expression);
    expect(ran.status).toBe(0);
  });

  test('with an unknown id alone fails, as ood_core and Cromwell expect', () => {
    const ran = call('squeue -j 999999', squeueSituation(QUEUE_TIME));
    expect([ran.status, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('Invalid job id specified');
  });
});

describe('accounting', () => {
  test.each([
    ['Snakemake --slurm', 'sacct -P -n --format=JobIdRaw,State -j 100000', /^100000\|COMPLETED$/m],
    [
      'Toil',
      'sacct -n -j 100001 --format JobIDRaw,State,ExitCode -P -S 1970-01-01',
      /^100001\|FAILED\|3:0$/m,
    ],
    [
      'Parsl',
      "sacct -X --noheader --format=jobid,state%20 --job '100003'",
      /^100003 +CANCELLED by 0 $/m,
    ],
    [
      'submitit',
      'sacct -o JobID,State,NodeList --parsable2 -j 100000 -j 100001',
      /^100001\|FAILED\|n2$/m,
    ],
    [
      'radical.saga',
      'sacct --format=JobID,State --parsable2 --noheader --jobs=100000',
      /^100000\|COMPLETED$/m,
    ],
    [
      'reportseff',
      'sacct --parsable -n --delimiter=^|^ --format=jobid,state --jobs=100000',
      /^100000\^\|\^COMPLETED\^\|\^$/m,
    ],
    [
      'ood_core',
      'sacct -P --delimiter ; -n --units G --allocations -o jobid,reqmem -j 100007',
      /^100007;0\.49G$/m,
    ],
    [
      'sprocket',
      'sacct -P -n --format JobID,State,ExitCode,TotalCPU,SystemCPU,UserCPU,MaxVMSize,AveVMSize -j 100002',
      /^100002\|FAILED\|0:9\|00:00\.002\|/m,
    ],
    [
      'XDMoD',
      'sacct --clusters lab --allusers --parsable2 --noheader --allocations --duplicates --format jobid,jobidraw,cluster,partition,qos,account,group,gid,user,uid,submit,eligible,start,end,elapsed,exitcode,state,nnodes,ncpus,reqcpus,reqmem,reqtres,alloctres,timelimit,nodelist,jobname -S 2026-11-24T00:00:00 -E 2026-11-25T00:00:00',
      /^100000\|100000\|lab\|debug\|normal\|physics\|(?:[^|\n]*\|){19}ok$/m,
    ],
    [
      'ReFrame',
      'sacct -S 2026-11-24 -P -j 100000 -o jobid,state,exitcode,end,nodelist',
      /^100000\|COMPLETED\|0:0\|[^|]+\|n1$/m,
    ],
    [
      'snakemake plugin',
      'sacct -X --parsable2 --clusters all --noheader --format=JobIdRaw,State --starttime 2026-11-22T00:00 --endtime now --name ok',
      /^100000\|COMPLETED$/,
    ],
    ['snakemake plugin', 'sacct -j 100000 -n -X -o nodelist%-256', /^n1 +$/],
  ])('for %s is read: %s', (_client, line, expression) => {
    const ran = call(line, sacctSituation(ACCOUNT_TIME), ACCOUNT_TIME);
    expect(ran.stderr).toBe('');
    expect(ran.stdout.replace(/\n$/, '')).toMatch(expression);
  });
});

describe('cancelling', () => {
  test('as MATLAB and AiiDA do names the job on the standard error', () => {
    const jobs = squeueSituation(QUEUE_TIME);
    const ran = call("scancel -v '100000'", jobs);
    expect([ran.status, ran.stdout]).toEqual([0, '']);
    expect(ran.stderr).toMatch(/^scancel: Terminating job 100000$/m);
    expect(ran.commands).toMatchObject([
      { kind: 'cancelJobs', selection: { refs: [{ job: 100000 }] } },
    ]);
  });

  test('as ipyparallel does sends a signal to script and children', () => {
    const ran = call('scancel -f -s INT 100000', squeueSituation(QUEUE_TIME));
    expect(ran.commands).toMatchObject([{ kind: 'signalJobs', signal: 2, scope: 'all' }]);
  });

  test('ends a job with CONT and TERM, and with KILL half a minute later', () => {
    const ran = call('scancel 100000', squeueSituation(QUEUE_TIME));
    expect(ran.commands[0]).toMatchObject({
      plan: {
        signals: [{ signal: 18 }, { signal: 15, afterMs: 0 }, { signal: 9, afterMs: 30_000 }],
      },
    });
  });

  test.each([
    [
      'scancel -s KILL 100000',
      { kind: 'cancelJobs', plan: { signals: [{ signal: 9, scope: 'all' }] } },
    ],
    [
      'scancel -s 9 -b 100000',
      { kind: 'cancelJobs', plan: { signals: [{ signal: 9, scope: 'script' }] } },
    ],
    ['scancel -b -s USR1 100000', { kind: 'signalJobs', signal: 10, scope: 'script' }],
    [
      'scancel 100000.batch',
      { kind: 'cancelJobs', plan: { signals: [{ signal: 9, scope: 'script' }] } },
    ],
  ])('%s is one wish', (line, wish) => {
    const ran = call(line, squeueSituation(QUEUE_TIME));
    expect(ran.commands).toMatchObject([wish]);
  });

  test.each(['scancel -s USR1 100000', 'scancel 100000.0', 'scancel -t COMPLETED -u alice'])(
    '%s reaches nothing, as without steps in the original',
    (line) => {
      const ran = call(line, squeueSituation(QUEUE_TIME));
      expect([ran.commands, ran.status, ran.stderr]).toEqual([[], 0, '']);
    },
  );

  test('a signal to a job that waits is tried for 95 seconds', () => {
    const ran = call('scancel -s USR1 100011', squeueSituation(QUEUE_TIME));
    expect(ran.pausesMs.reduce((sum, ms) => sum + ms, 0)).toBe(95_000);
    expect(ran.status).toBe(228);
  });

  test('by a filter never reaches for the jobs of others', () => {
    const jobs = squeueSituation(QUEUE_TIME);
    call('scancel -p debug', jobs);
    const bobs = jobs.views.filter((view) => view.owner.uid === identity('bob', 1002).uid);
    expect(bobs.every((view) => view.state !== 'finished')).toBe(true);
    expect(jobs.views.find((view) => view.id === jobId(100000))?.state).toBe('finished');
  });
});
