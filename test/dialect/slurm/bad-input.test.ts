// What nobody should send: control characters, huge scripts, a full gateway. Nothing of it reaches
// a terminal as it is, and every refusal has Slurm's words and status.

import { describe, expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { slurmPrograms } from '../../../src/dialects/slurm/programs.ts';
import type { CommandResult } from '../../../src/model/command.ts';
import type { Refusal } from '../../../src/model/refusal.ts';
import { type World, invocation, run } from '../../support/dialog-runner.ts';
import { FakeJobs } from '../../support/fake-jobs.ts';

const NOW = instant(Date.UTC(2026, 10, 24, 23, 8, 3));
const OUTSIDE_ASCII = /[^\n -~]/;

function call(words: readonly string[], world: World) {
  const [name = '', ...rest] = words;
  const program = slurmPrograms[name];
  if (program === undefined) throw new Error(`no ${name}`);
  return run(program, invocation(name, rest, { now: NOW }), world);
}

function worldOf(jobs: FakeJobs): World {
  return { command: jobs.command.bind(jobs), query: jobs.query.bind(jobs) };
}

describe('control characters in names', () => {
  const evil = '\x1b]0;title\x07\x1b[2J\r\n\tx\x9b31m';

  test.each([
    ['squeue', '-h', '-o', '%j|%k|%q|%Z|%w|%P'],
    ['squeue', '-h', '-O', 'name:60|,comment:60|,workdir:80|,stdout:80'],
    ['squeue'],
    ['sacct', '-P', '-S', '2026-11-01', '-o', 'jobname,comment,qos,submitline,workdir,wckey'],
    ['sacct', '-S', '2026-11-01', '--format=ALL'],
  ])('are shown, not sent, by %j', (...words) => {
    const jobs = new FakeJobs({ now: NOW, nextId: 1 });
    const options = [`-J${evil}`, `--comment=${evil}`, `--qos=${evil}`, `-D/${evil}`];
    call(['sbatch', ...options, `--wckey=${evil}`, `-o${evil}`, '--wrap', 'x'], worldOf(jobs));
    jobs.views = jobs.views.map((view) => ({ ...view, eligibleAt: NOW, startedAt: NOW }));
    const ran = call(words, worldOf(jobs));
    expect(ran.stdout).toContain('\\x1b');
    expect(ran.stdout).not.toMatch(OUTSIDE_ASCII);
  });

  test('are stored as they are', () => {
    const jobs = new FakeJobs({ now: NOW, nextId: 1 });
    call(['sbatch', `-J${evil}`, '--wrap', 'x'], worldOf(jobs));
    expect(jobs.views[0]?.request.name).toBe(evil);
  });
});

describe('a refused submission', () => {
  const refusing = (refusal: Refusal): World => ({
    command: (): CommandResult => ({ kind: 'refused', refusal }),
  });

  test.each<[Refusal, string]>([
    [{ code: 'arrayTooLarge', maximum: 10 }, 'Invalid job array specification'],
    [{ code: 'cyclicDependency' }, 'Job dependency problem'],
    [{ code: 'queueClosed', queue: 'x' }, 'Required partition not available (inactive or drain)'],
    [{ code: 'userNotAllowed', why: 'root' }, 'Access/permission denied'],
    [{ code: 'diskFull' }, 'I/O error writing script/environment to file'],
    [
      { code: 'tooLarge', what: 'script', maximumBytes: 1 },
      'Pathname of a file, directory or other parameter too long',
    ],
    [{ code: 'invalidResources', why: 'cpus' }, 'Requested node configuration is not available'],
  ])('%j has its words and status 1', (refusal, words) => {
    const ran = call(['sbatch', '--wrap', 'x'], refusing(refusal));
    expect(ran.stderr).toBe(`sbatch: error: Batch job submission failed: ${words}\n`);
    expect([ran.status, ran.stdout]).toEqual([1, '']);
  });

  test('of a busy gateway is tried again, longer and longer, and then given up', () => {
    const ran = call(['sbatch', '--wrap', 'x'], refusing({ code: 'busy' }));
    expect(ran.pausesMs).toEqual(Array.from({ length: 15 }, (_one, i) => (i + 1) * 1000));
    expect(ran.stderr.split('\n')[0]).toBe(
      'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying',
    );
    expect(ran.status).toBe(1);
  });

  test('for a dependency on a job that never was is submitted without it', () => {
    const jobs = new FakeJobs({ now: NOW, nextId: 9 });
    const world: World = {
      command: (command, by) => {
        const text = JSON.stringify(command);
        const refusal: Refusal = { code: 'noSuchDependency', job: 5 };
        return text.includes('"job":5') ? { kind: 'refused', refusal } : jobs.command(command, by);
      },
    };
    const ran = call(['sbatch', '-d', 'afterok:5,afterany:6', '--wrap', 'x'], world);
    expect(ran.stdout).toBe('Submitted batch job 9\n');
    expect(jobs.views[0]?.request.dependency).toMatchObject({ of: [{ job: 6 }] });
  });
});

describe('a script', () => {
  test('that is too long is refused before it is read as a whole', () => {
    const ran = call(['sbatch', 'big.sh'], { file: () => `#!/bin/sh\n${'x'.repeat(5_000_000)}` });
    expect(ran.commands).toEqual([]);
    expect(ran.stderr).toContain('other parameter too long');
    expect(ran.status).toBe(1);
  });

  test('is looked for along PATH, and an unreadable one is named with its directory', () => {
    const asked: string[] = [];
    const ran = call(['sbatch', 'job.sh'], {
      file: (path) => {
        asked.push(path);
        return path.startsWith('/usr/bin/') ? { errno: 13 } : undefined;
      },
    });
    expect(asked).toEqual(['/tmp/slurm-golden/job.sh', '/usr/bin/job.sh']);
    expect(ran.stderr).toBe('sbatch: error: Unable to open file /usr/bin/job.sh\n');
  });

  test('of bytes that are no UTF-8 is handed over byte for byte', () => {
    const script = '#!/bin/sh\necho \xff\xfe\x80\n';
    const ran = call(['sbatch', 'job.sh'], { file: () => script });
    const [command] = ran.commands;
    const bytes = command?.kind === 'submitJob' ? command.submission.content.script : undefined;
    expect([...(bytes ?? [])]).toEqual(Array.from(script, (c) => c.charCodeAt(0)));
  });
});

describe('input made to be slow or large', () => {
  const jobs = new FakeJobs({ now: NOW, nextId: 1 });
  const long = 100_000;

  test.each([
    ['scancel', '['.repeat(long)],
    ['scancel', `1_${'[1'.repeat(long)}`],
    ['squeue', '-j', '[,'.repeat(long)],
    ['sbatch', `--begin=a ${'/'.repeat(long)} b`, '--wrap', 'x'],
    ['sbatch', '-w', `n${'[1]'.repeat(long)}`, '--wrap', 'x'],
    ['sbatch', '-w', 'n[1-60000]m[1-60000]', '--wrap', 'x'],
    ['sbatch', '--array=0-2000000000:2,1-1999999999:2', '--wrap', 'x'],
    ['sacct', '-S', ' '.repeat(long)],
  ])('is refused at once: %s …', (...words) => {
    const ran = call(words, worldOf(jobs));
    expect(ran.status).not.toBe(0);
    expect(ran.commands).toEqual([]);
  });

  test('of formats gives lines of bounded length in pieces', () => {
    const many = new FakeJobs({ now: NOW, nextId: 1 });
    for (let i = 0; i < 20; i++) call(['sbatch', '--wrap', 'x'], worldOf(many));
    const ran = call(['squeue', '-h', '-o', '%99999i'.repeat(10_000)], worldOf(many));
    const lines = ran.stdout.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(300_000);
    expect(ran.writes).toBe(20);
  });

  test('of an array with many gaps is not written out to be cut', () => {
    const many = new FakeJobs({ now: NOW, nextId: 1 });
    const query = many.query.bind(many);
    call(['sbatch', '--array=1-900:2,950', '--wrap', 'x'], worldOf(many));
    const ran = call(['squeue', '-h', '-o', '%K'], { query });
    expect(ran.stdout).toBe('1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39,41,...\n');
  });
});

test('more nodes than tasks are not asked for, and sbatch says so', () => {
  const jobs = new FakeJobs({ now: NOW, nextId: 1 });
  const ran = call(['sbatch', '-N', '3', '-n', '2', '--wrap', 'x'], worldOf(jobs));
  expect(ran.stderr).toBe(
    "sbatch: warning: can't run 2 processes on 3 nodes, setting nnodes to 2\n",
  );
  expect(jobs.views[0]?.request.resources).toMatchObject({ tasks: 2, nodes: { min: 2, max: 2 } });
});

test('a busy gateway is an error of scancel, also where no id was given', () => {
  const world: World = { command: () => ({ kind: 'refused', refusal: { code: 'busy' } }) };
  const ran = call(['scancel', '-u', 'alice'], world);
  expect(ran.stderr).toBe('scancel: error: Kill job error: Resource temporarily unavailable\n');
  expect(ran.status).toBe(11);
});
