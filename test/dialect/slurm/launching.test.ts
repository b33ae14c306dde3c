// The variables and files of a job, against what jobs of Slurm 22.05.8 saw and wrote (05-env,
// 04-output).

import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compressCounts, compressHostlist } from '../../../src/base/hostlist.ts';
import { instant } from '../../../src/base/brand.ts';
import { textOf } from '../../../src/dialects/kit/bytes.ts';
import { sbatch } from '../../../src/dialects/slurm/commands/sbatch.ts';
import { launching } from '../../../src/dialects/slurm/launching.ts';
import { jobEnvironment } from '../../../src/dialects/slurm/job-environment.ts';
import { nameTemplate } from '../../../src/dialects/slurm/patterns.ts';
import { jobId, nodeName } from '../../../src/model/ids.ts';
import type { Submission } from '../../../src/model/command.ts';
import type { HoleName, Template } from '../../../src/model/launch-template.ts';
import type { Identity } from '../../../src/model/user.ts';
import { type GoldenCase, goldenCases, shellWords } from '../../support/dialect-golden.ts';
import { TEST_SITE, identity, invocation, run } from '../../support/dialog-runner.ts';

const FOLDER = new URL('.', import.meta.url).pathname;
const ALICE = identity('alice', 1001);
/** Made by the recorded cluster alone, or by its default memory and account. */
const NOT_OURS =
  /^SLURM_(CONF|TASK_PID|WORKING_CLUSTER|MEM_PER_CPU|JOB_ACCOUNT|GET_USER_ENV|EXPORT_ENV)$/;

/** Nodes and CPUs of the recorded jobs. */
const PLACES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'multi-node': { n1: 3, n2: 1, n3: 1 },
  'multi-node-het-cpus': { n1: 4, n2: 4, n3: 4, n4: 8 },
  options: { n1: 4, n2: 4 },
};
const TASKS: Readonly<Record<string, readonly number[]>> = { options: [2, 2] };

describe('05-env', () => {
  const cases = goldenCases(`${FOLDER}05-env`).filter(({ stdout }) =>
    stdout.includes('SLURM_JOBID='),
  );
  test.each(cases)('$name gives the recorded variables', (golden) => {
    const { request } = submission(golden);
    const text = golden.stdout.split(/^--- task \d+$/m).at(1) ?? golden.stdout;
    const recorded = new Map(
      [...text.matchAll(/^(SLURM\w+|ENVIRONMENT|HOSTNAME)=(.*)$/gm)].map((match) => [
        match[1] ?? '',
        match[2] ?? '',
      ]),
    );
    const holes = holesOf(golden.name, recorded);
    const ours = new Map(
      launching
        .variables(request, ALICE, TEST_SITE)
        .filter(([, value]) => !isLeftOut(value, holes))
        .map(([name, value]) => [name, filled(value, holes)]),
    );
    for (const [name, value] of recorded) {
      if (!NOT_OURS.test(name)) expect(`${name}=${ours.get(name)}`).toBe(`${name}=${value}`);
    }
    const added = [...ours.keys()].filter((name) => !recorded.has(name) && !NOT_OURS.test(name));
    expect(added.filter((name) => name.startsWith('SLURM'))).toEqual([]);
  });

  const exports = goldenCases(`${FOLDER}05-env`).filter(({ name }) => name.startsWith('export-'));
  test.each(exports)('$name passes on what was recorded', (golden) => {
    const environment = textOf(submission(golden).content.environment).split('\0');
    // What the shell of the job and the launch add is not in the submission.
    const own = /^(ENVIRONMENT|HOSTNAME|PWD|SHLVL|TMPDIR|_|SLURM(?!_EXPORT|_GET).*)=/;
    for (const line of golden.stdout.trim().split('\n')) {
      if (!own.test(line)) expect(environment).toContain(line);
    }
    expect(environment.includes('UNNAMED=1')).toBe(/default|all-plus|comma/.test(golden.name));
  });
});

describe('04-output', () => {
  const ids = { job: '100004', base: '100004', index: '5', node: 'vm' };
  test.each([
    ['b_%a_%A.txt', 'b_4294967294_100004.txt'],
    ['q_%12j.txt', 'q_0000100004.txt'],
    ['b_%z_%q.txt', 'b_%z_%q.txt'],
    ['b_\\\\%j.txt', 'b_\\%j.txt'],
    [
      'p_x=%x_j=%j_A=%A_a=%a_N=%N_n=%n_s=%s_t=%t_u=%u_J=%J_pct=%%.txt',
      'p_x=myname_j=100004_A=100004_a=4294967294_N=vm_n=0_s=batch_t=0_u=alice_J=100004_pct=%.txt',
    ],
  ])('%s is %s, as recorded', (pattern, name) => {
    const { request } = submissionOf(['-J', 'myname', '--wrap', 'x']);
    expect(filled(nameTemplate(pattern, request, ALICE), ids)).toBe(name);
  });

  test('an array fills in the index, and has a file for every element', () => {
    const { request } = submissionOf(['--array=3,5', '--wrap', 'x']);
    expect(filled(nameTemplate('%A_%a_%3a', request, ALICE), ids)).toBe('100004_5_005');
    const { stdout, stderr, stdin } = launching.streams(request, ALICE, TEST_SITE);
    expect(filled(stdout ?? [], ids)).toBe('slurm-100004_5.out');
    expect(stderr).toBeUndefined();
    expect(filled(stdin, ids)).toBe('/dev/null');
  });

  test('a plain job writes both streams to slurm-ID.out, or where it is told', () => {
    const plain = launching.streams(submissionOf(['--wrap', 'x']).request, ALICE, TEST_SITE);
    expect(filled(plain.stdout ?? [], ids)).toBe('slurm-100004.out');
    const told = submissionOf(['-o', 'o.%j', '-e', 'e.%j', '-i', 'in', '--wrap', 'x']).request;
    const streams = launching.streams(told, ALICE, TEST_SITE);
    const names = [streams.stdout, streams.stderr, streams.stdin].map((name) =>
      filled(name ?? [], ids),
    );
    expect(names).toEqual(['o.100004', 'e.100004', 'in']);
  });
});

test('a login environment has the home and shell of the name service, not the caller’s', () => {
  const environment = new Map([
    ['HOME', '/tmp/elsewhere'],
    ['SHELL', '/bin/odd'],
    ['A', '1'],
  ]);
  const start = (login: Partial<Identity>) => {
    const call = invocation('sbatch', [], { environment, identity: { ...ALICE, ...login } });
    const entries = textOf(jobEnvironment(call, 'NONE', undefined)).split('\0');
    return entries.filter((entry) => /^(HOME|SHELL|A)=/.test(entry));
  };
  expect(start({ home: '/home/alice', shell: '/bin/zsh' })).toEqual([
    'HOME=/home/alice',
    'SHELL=/bin/zsh',
  ]);
  expect(start({})).toEqual(['HOME=/tmp/elsewhere', 'SHELL=/bin/odd']);
});

describe('the words of slurmstepd', () => {
  const recorded = (path: string) => {
    const text = fs.readFileSync(new URL(path, import.meta.url), 'latin1');
    return text.split('\n').filter((line) => line.startsWith('slurmstepd-'));
  };

  test('a directory that cannot be entered is named as recorded, twice', () => {
    const { request } = submissionOf(['-D', '/no/such/dir', '--wrap', 'x']);
    const holes = { node: 'n1', error: 'No such file or directory' };
    const note = filled(launching.directoryNote?.(request) ?? [], holes);
    const lines = recorded('01-sbatch-basic/chdir-missing/stdout');
    expect(lines).toHaveLength(2);
    expect(note.split('\n')).toEqual([...lines, '']);
  });

  test.each([
    ['cancel-message', 100021, { kind: 'cancelled', by: 'owner', uid: 1000 } as const],
    ['timeout', 100095, { kind: 'timedOut' } as const],
  ])('%s is said as recorded', (name, job, ending) => {
    const [line = ''] = recorded(`04-output/${name}/stdout`);
    const [, time = ''] = / AT (\S+)/.exec(line) ?? [];
    const at = instant(new Date(time).getTime());
    const note = launching.endNote?.({ job: jobId(job), node: nodeName('n1'), ending, at });
    expect(note).toBe(`${line}\n`);
  });
});

/** What sbatch would hand over in a case. */
function submission({ command }: GoldenCase): Submission {
  const [, line = ''] = /\$\(sbatch (.*?)\)(?:;|$)/s.exec(command) ?? [];
  // Nodes have no features here, and features no variables there.
  const words = shellWords(line.replace(/\\\$/g, '$').replace(/-C "\S+"/, ''));
  const environment = new Map([
    ['HOME', '/home/alice'],
    ['SHELL', '/bin/bash'],
    ['USER', 'alice'],
    ['FOO', 'bar'],
    ['UNNAMED', '1'],
  ]);
  return submissionOf(words, environment);
}

function submissionOf(
  words: readonly string[],
  environment = new Map<string, string>(),
): Submission {
  const call = invocation('sbatch', words, { environment, now: instant(0) });
  const files: Readonly<Record<string, string>> = { 'ef.txt': 'A=1\0B=two words\0' };
  const ran = run(sbatch, call, {
    file: (path) => files[path.replace('/tmp/slurm-golden/', '')] ?? '#!/bin/bash\n',
  });
  const [command] = ran.commands;
  if (command?.kind !== 'submitJob') throw new Error(ran.stderr);
  return command.submission;
}

function holesOf(
  name: string,
  recorded: ReadonlyMap<string, string>,
): Partial<Record<HoleName, string>> {
  const node = recorded.get('SLURMD_NODENAME') ?? 'n1';
  const place = PLACES[name] ?? { [node]: 1 };
  const cpus = Object.values(place);
  return {
    job: recorded.get('SLURM_JOBID') ?? '',
    base: recorded.get('SLURM_ARRAY_JOB_ID') ?? recorded.get('SLURM_JOBID') ?? '',
    index: recorded.get('SLURM_ARRAY_TASK_ID') ?? '0',
    restarts: '0',
    node,
    nodeCount: String(cpus.length),
    nodeList: compressHostlist(Object.keys(place)),
    cpus: String(cpus[0]),
    cpusByNode: compressCounts(cpus),
    tasksByNode: compressCounts(TASKS[name] ?? cpus),
  };
}

function isLeftOut(template: Template, holes: Partial<Record<HoleName, string>>): boolean {
  return template.some(
    (part) => typeof part !== 'string' && part.unlessZero === true && holes[part.hole] === '0',
  );
}

function filled(template: Template, holes: Partial<Record<HoleName, string>>): string {
  return template
    .map((part) =>
      typeof part === 'string' ? part : (holes[part.hole] ?? '?').padStart(part.width ?? 0, '0'),
    )
    .join('');
}
