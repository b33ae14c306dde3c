// What the parsers of real clients need of bsub, bjobs, bkill and the report. Every pattern is the one
// of the client named beside it, applied to our answers.

import { expect, test } from 'vitest';
import { zone } from '../../../src/dialects/kit/time-zone.ts';
import { renderReport } from '../../../src/dialects/lsf/report.ts';
import type { JobView } from '../../../src/model/view.ts';
import { at, jobView, lsf, runningSince, SITE } from '../../support/lsf-world.ts';
import { SITUATIONS } from './situations.ts';

const mixed = SITUATIONS['mixed'] ?? [];
const array = SITUATIONS['array'] ?? [];

const submitted = lsf('bsub -q short true').stdout;
const toDefault = lsf('bsub true').stdout;

test.each([
  ['Nextflow', /Job <(\d+)> is submitted/],
  ['Snakemake profile', /Job <(\d+)> is submitted/],
  ['Toil', /Job <(.*)> is submitted/],
  ['dask-jobqueue and others: the first digits', /(\d+)/],
  ['Open OnDemand', /Job <(.*)> /],
  ['ReFrame', /^Job <(?<jobid>\S+)> is submitted/],
  ['Cromwell and cwlexec', /Job <(\d+)>.*/],
  ['airflow plugin', /<(\d*)>/],
  ['radical.saga', /Job <(.+)> is submitted to.+queue/],
  ['ensembl-hive', /^Job <(\d+)> is submitted to/],
  ['MATLAB', /Job <(?<jobID>[0-9]+)>/],
  ['Parsl and batchspawner: the second word', /^\S+ <(\d+)>/],
])('%s finds the job id', (_client, pattern) => {
  for (const text of [submitted, toDefault]) expect(pattern.exec(text)?.[1]).toBe('123');
});

test('the answer of bsub is one line', () => {
  expect(submitted.split('\n')).toHaveLength(2);
  expect(toDefault.split('\n')).toHaveLength(2);
});

test('Jenkins splits the second line at single blanks and finds the state as field 2', () => {
  for (const view of mixed.filter(({ owner }) => owner.user.length < 8)) {
    const line = lsf(`bjobs ${view.id}`, [view]).stdout.split('\n')[1] ?? '';
    const fields = line.split(' ').filter((word) => word !== '');
    expect(line.slice(16, 16 + (fields[2] ?? '').length)).toBe(fields[2]);
    expect(['PEND', 'PSUSP', 'RUN', 'UNKWN', 'DONE', 'EXIT']).toContain(fields[2]);
  }
});

test('Nextflow finds columns by the words JOBID and STAT', () => {
  const lines = lsf('bjobs -w', mixed)
    .stdout.split('\n')
    .filter((line) => line !== '');
  const header = (lines[0] ?? '').split(/\s+/);
  const job = header.indexOf('JOBID');
  const stat = header.indexOf('STAT');
  const states = Object.fromEntries(
    lines.slice(1).map((line) => {
      const words = line.split(/\s+/);
      return [words[job], words[stat]];
    }),
  );
  expect(states).toEqual({ 103: 'RUN', 104: 'PEND', 105: 'PSUSP', 107: 'UNKWN' });
});

test('Open OnDemand splits -W at blanks; what is too much belongs to the name', () => {
  const names =
    'JOBID USER STAT QUEUE FROM_HOST EXEC_HOST JOB_NAME SUBMIT_TIME PROJ_NAME CPU_USED MEM SWAP PIDS START_TIME FINISH_TIME';
  const lines = lsf('bjobs -u all -a -w -W', mixed)
    .stdout.split('\n')
    .filter((line) => line !== '');
  expect((lines[0] ?? '').split(/\s+/)).toEqual(names.split(' '));
  for (const line of lines.slice(1)) {
    const words = line.trim().split(/\s+/);
    const surplus = words.length - 15;
    const name = words.slice(6, 7 + surplus).join(' ');
    const job = mixed.find(({ base }) => String(base) === words[0]);
    expect(name).toBe(job?.request.name);
    expect(words[8 + surplus]).toBe('default');
    expect(words[7 + surplus]).toMatch(/^\d\d\/\d\d-\d\d:\d\d:\d\d$/);
  }
});

test('Open OnDemand finds the index of an element at the end of its name', () => {
  const lines = lsf('bjobs -a -w -W 120', array).stdout.trim().split('\n').slice(1);
  expect(lines.map((line) => /\S+\[(\d+)\]\s/.exec(line)?.[1]).sort()).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
  ]);
});

test('the Snakemake profile reads a bare word', () => {
  expect(lsf("bjobs -o 'stat' -noheader 103", mixed).stdout.trim()).toBe('RUN');
});

test('Toil and PSI/J read JSON whose values are all strings', () => {
  const text = lsf(
    'bjobs -json -o "user exit_code stat exit_reason pend_reason" 102 104 999',
    mixed,
  );
  expect(text.status).toBe(0);
  const from = text.stdout.indexOf('{');
  const answer = JSON.parse(text.stdout.slice(from, text.stdout.lastIndexOf('}') + 1));
  expect(answer.JOBS).toBe(3);
  expect(answer.RECORDS[0]).toEqual({
    USER: 'alice',
    EXIT_CODE: '',
    STAT: 'PEND',
    EXIT_REASON: '',
    PEND_REASON: "Job's resource requirements not satisfied;",
  });
  expect(answer.RECORDS[1]).toMatchObject({ STAT: 'EXIT', EXIT_CODE: '3' });
  expect(answer.RECORDS[2]).toEqual({ JOBID: '999', ERROR: 'Job <999> is not found' });
});

test('Toil unwraps -l and finds the peak of memory and the command', () => {
  const text = lsf('bjobs -l 109', mixed).stdout.replace(/\n {21}/g, '');
  expect(/MAX ?MEM: ?(.*?);/.exec(text)?.[1]).toBe('3 Mbytes');
  expect(/Command ?<(.*?)>/.exec(text)?.[1]).toBe('sleep 60');
  expect(text).toContain('TERM_MEMLIMIT: job killed after reaching LSF memory usage limit');
});

test('no line of -l is longer than 79 characters, and unwrapping gives the sentences back', () => {
  const long = lsf('bjobs -l 301', SITUATIONS['detailed'] ?? []).stdout;
  const flat = lsf('bjobs -UF 301', SITUATIONS['detailed'] ?? []).stdout;
  for (const line of long.split('\n')) expect(line.length).toBeLessThan(80);
  expect(long.replace(/\n {21}/g, '')).toBe(flat);
});

test('Parsl skips lines that are not two words, and batchtools takes the first digits of each', () => {
  const two = lsf("bjobs -noheader -o 'jobid stat' 103 104", mixed).stdout.trim().split('\n');
  expect(two.map((line) => line.split(/\s+/).length)).toEqual([2, 2]);
  const lines = lsf('bjobs -u alice -w -p', mixed).stdout.trim().split('\n').slice(1);
  expect(lines.flatMap((line) => /^\s*(\d+)/.exec(line)?.[1] ?? [])).toEqual(['104']);
});

test('batchspawner asks for upper-case fields and splits the host at a colon', () => {
  const [state, host] = lsf('bjobs -a -noheader -o "STAT EXEC_HOST" 103', mixed)
    .stdout.trim()
    .split(' ');
  expect([state, host?.split(':')[0]]).toEqual(['RUN', 'node1']);
});

test('AiiDA reads times as Mon dd HH:MM with an L behind a limit', () => {
  const limited = jobView(7, {
    ...runningSince('2026-02-02T01:43:00Z'),
    request: { limits: { wallTimeMs: 600_000 } },
  });
  const text = lsf('bjobs -noheader -o "finish_time" 7', [limited]).stdout.trim();
  expect(text).toBe('Feb  2 01:53 L');
});

test('sprocket selects by a prefix of the name', () => {
  const text = lsf(
    'bjobs -a -J nf-* -json -o "jobid stat exit_code max_mem avg_mem cpu_used ru_utime ru_stime"',
    array,
  );
  const answer = JSON.parse(text.stdout);
  expect(answer.JOBS).toBe(5);
  for (const record of answer.RECORDS) {
    for (const value of Object.values(record)) expect(typeof value).toBe('string');
  }
});

test('maestrowf drops the header and splits at its delimiter', () => {
  const text = lsf(
    'bjobs -a -u alice -o "jobid:7 stat:5 exit_code:10 exit_reason:50 delimiter=\'|\'"',
    mixed,
  ).stdout;
  const rows = text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows.every((cells) => cells.length === 4)).toBe(true);
  expect(rows.find(([id]) => id === '108')?.[3]).toContain('TERM_RUNLIMIT');
});

test('PSI/J takes what bkill says of an ended job for a success', () => {
  expect(lsf('bkill 101', mixed).stderr.toLowerCase()).toMatch(/no matching job|already finished/);
});

function report(changes: Partial<JobView>, script = 'true'): string {
  const view = jobView(9, {
    ...runningSince('2026-11-21T07:40:00Z'),
    state: 'completing',
    endedAt: at('2026-11-21T07:41:00Z'),
    usage: { userCpuMs: 1000, systemCpuMs: 0, maxMemoryKib: 2048 },
    ...changes,
  });
  return renderReport(view, script, SITE, zone('UTC'));
}

test('the Snakemake profile finds the status two lines above the usage, within the last 30 lines', () => {
  const ends: readonly [JobView['outcome'], RegExp][] = [
    [{ kind: 'exited', exitCode: 0, signal: 0 }, /^Successfully completed\.$/],
    [{ kind: 'exited', exitCode: 3, signal: 0 }, /^Exited with exit code 3\.$/],
    [{ kind: 'outOfMemory', exitCode: 0, signal: 9 }, /^Exited with exit code 137\.$/],
  ];
  for (const [outcome, pattern] of ends) {
    const lines = report({ ...(outcome === undefined ? {} : { outcome }) })
      .split('\n')
      .slice(-30);
    const usage = lines.findIndex((line) => line.startsWith('Resource usage summary:'));
    expect(lines[usage - 2]).toMatch(pattern);
  }
});

test('the report of a killed job is the captured one of LSF 10 but for its numbers', () => {
  const lines = report({
    outcome: { kind: 'cancelled', by: 'owner', uid: 1001, exitCode: 143, signal: 0 },
  }).split('\n');
  expect(lines).toEqual([
    '',
    '------------------------------------------------------------',
    'Sender: LSF System <lsfadmin@node1>',
    'Subject: Job 9: <sleep 60> in cluster <lab> Exited',
    '',
    'Job <sleep 60> was submitted from host <node1> by user <alice> in cluster <lab> at Sat Nov 21 07:39:00 2026',
    'Job was executed on host(s) <node1>, in queue <normal>, as user <alice> in cluster <lab> at Sat Nov 21 07:40:00 2026',
    '</home/alice> was used as the home directory.',
    '</home/alice/work> was used as the working directory.',
    'Started at Sat Nov 21 07:40:00 2026',
    'Terminated at Sat Nov 21 07:41:00 2026',
    'Results reported at Sat Nov 21 07:41:00 2026',
    '',
    'Your job looked like:',
    '',
    '------------------------------------------------------------',
    '# LSBATCH: User input',
    'true',
    '------------------------------------------------------------',
    '',
    'TERM_OWNER: job killed by owner.',
    'Exited with exit code 143.',
    '',
    'Resource usage summary:',
    '',
    '    CPU time :                                   1.00 sec.',
    '    Max Memory :                                 2 MB',
    '    Average Memory :                             -',
    '    Total Requested Memory :                     -',
    '    Delta Memory :                               -',
    '    Max Swap :                                   -',
    '    Max Processes :                              -',
    '    Max Threads :                                -',
    '    Run time :                                   60 sec.',
    '    Turnaround time :                            120 sec.',
    '',
    'The output (if any) is above this job summary.',
    '',
    '',
  ]);
});

test('a long script is cut behind its 50th line', () => {
  const script = Array.from({ length: 60 }, (_, i) => `echo ${i}\n`).join('');
  const text = report({ outcome: { kind: 'exited', exitCode: 0, signal: 0 } }, script);
  expect(text).toContain('echo 49\n(... more ...)\n---');
  expect(text).not.toContain('echo 50');
});
