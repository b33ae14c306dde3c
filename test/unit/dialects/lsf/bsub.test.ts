// bsub's dialogs beyond one answer: waiting, trying again, sizes, the bytes that reach the engine.

import { expect, test } from 'vitest';
import type { CommandResult } from '../../../../src/model/command.ts';
import type { JobView } from '../../../../src/model/view.ts';
import { launching } from '../../../../src/dialects/lsf/launching.ts';
import type { Template } from '../../../../src/model/launch-template.ts';
import { jobId, queueName } from '../../../../src/model/ids.ts';
import { jobView, lsf, runningSince, SITE } from '../../../support/lsf-world.ts';
import { TEST_SITE } from '../../../support/dialog-runner.ts';

const started = jobView(123, runningSince('2026-11-21T08:00:00Z'));

function waiting(ended: Partial<JobView>, begun: JobView = started): ReturnType<typeof lsf> {
  const end = jobView(123, {
    ...runningSince('2026-11-21T08:00:00Z'),
    state: 'finished',
    ...ended,
  });
  return lsf('bsub -K true', [], { awaitJob: (_, until) => [until === 'started' ? begun : end] });
}

test('bsub -K tells of dispatch, start and end on stderr and exits with the status of the job', () => {
  const ran = waiting({ outcome: { kind: 'exited', exitCode: 7, signal: 0 } });
  expect(ran.stdout).toBe('Job <123> is submitted to default queue <normal>.\n');
  expect(ran.stderr).toBe('<<Waiting for dispatch ...>>\n<<Job is finished>>\n');
  expect(ran.status).toBe(7);
});

test.each<[number, Partial<JobView>]>([
  [0, { outcome: { kind: 'exited', exitCode: 0, signal: 0 } }],
  [130, { outcome: { kind: 'cancelled', by: 'owner', uid: 1, exitCode: 0, signal: 2 } }],
  [255, { outcome: { kind: 'cancelled', by: 'owner', uid: 1, exitCode: 0, signal: 0 } }],
  [
    0,
    { outcome: { kind: 'cancelled', by: 'owner', uid: 1, exitCode: 0, signal: 2, asDone: true } },
  ],
])('bsub -K exits with %d', (status, ended) => {
  expect(waiting(ended).status).toBe(status);
});

test('bsub -K of a job that is killed before its start says so', () => {
  const never = jobView(123, {
    state: 'finished',
    outcome: { kind: 'cancelled', by: 'owner', uid: 1, exitCode: 0, signal: 0 },
  });
  const ran = waiting({}, never);
  expect(ran.stderr).toBe('<<Waiting for dispatch ...>>\n<<Terminated while pending>>\n');
  expect(ran.status).toBe(126);
});

test('bsub -K tells the host and the number where the site wants it', () => {
  const environment = new Map([
    ['LSB_SUBK_SHOW_EXEC_HOST', 'Y'],
    ['LSB_SUBK_SHOW_JOBID', 'y'],
  ]);
  const end = jobView(123, {
    ...runningSince('2026-11-21T08:00:00Z'),
    state: 'finished',
    outcome: { kind: 'exited', exitCode: 0, signal: 0 },
  });
  const ran = lsf('bsub -K true', [], {
    call: { environment },
    awaitJob: (_, until) => [until === 'started' ? started : end],
  });
  expect(ran.stderr).toBe(
    '<<Waiting for dispatch ...>>\n<<Starting on node1>>\n<<Job <123> is finished>>\n',
  );
});

test('a busy daemon is asked again, with a line for every try', () => {
  let tries = 0;
  const busy: CommandResult = { kind: 'refused', refusal: { code: 'busy' } };
  const taken: CommandResult = {
    kind: 'submitted',
    job: jobId(5),
    queue: queueName('normal'),
    repeated: false,
  };
  const ran = lsf('bsub true', [], { command: () => (++tries < 3 ? busy : taken) });
  expect(ran.stderr).toBe('LSF is processing your request. Please wait ...\n'.repeat(2));
  expect(ran.stdout).toBe('Job <5> is submitted to default queue <normal>.\n');
  expect(ran.pausesMs).toEqual([1000, 1000]);
});

test('a daemon that stays busy is given up', () => {
  const ran = lsf('bsub true', [], { refuse: { kind: 'refused', refusal: { code: 'busy' } } });
  expect(ran.status).toBe(255);
  expect(ran.pausesMs).toHaveLength(10);
});

test('a script that is too long is refused', () => {
  const site = { ...SITE, maxScriptBytes: 100 };
  const ran = lsf('bsub', [], { stdin: '#'.repeat(101), call: { site } });
  expect(ran.stderr).toBe('The script is longer than 100 bytes. Job not submitted.\n');
  expect(ran.status).toBe(255);
  expect(ran.commands).toEqual([]);
});

test('stdin is not read when there is a command', () => {
  const ran = lsf('bsub true', [], { stdin: 'would be lost' });
  expect(ran.commands[0]).toMatchObject({ submission: { request: { command: 'true' } } });
});

test('a terminal is asked for the command', () => {
  const ran = lsf('bsub', [], { stdin: 'true\n', call: { isTerminal: [true, true, true] } });
  expect(ran.stdout).toMatch(/^bsub> Job <123>/);
});

test('bytes of script, arguments and environment reach the engine unchanged', () => {
  const bytes = Buffer.from([0x23, 0x21, 0xff, 0x80, 0x0a, 0xc3, 0x28]);
  const environmentBytes = Buffer.from('A=\xff\0B=x\ny\0', 'latin1');
  const ran = lsf('bsub', [], { stdin: bytes.toString('latin1'), call: { environmentBytes } });
  const [command] = ran.commands;
  const content = command?.kind === 'submitJob' ? command.submission.content : undefined;
  expect(Buffer.from(content?.script ?? [])).toEqual(bytes);
  expect(Buffer.from(content?.environment ?? [])).toEqual(environmentBytes);
});

test('a refusal with control characters is printed harmlessly', () => {
  const ran = lsf('bsub -q \x1b[31m true', []);
  expect(ran.stderr).toBe('\\x1b[31m: No such queue. Job not submitted.\n');
});

test('a refused submission of the engine has the words of LSF', () => {
  const refuse: CommandResult = {
    kind: 'refused',
    refusal: { code: 'arrayTooLarge', maximum: 10 },
  };
  const ran = lsf('bsub -J a[1-20] true', [], { refuse });
  expect(ran.stderr).toBe('Job array index too large. Job not submitted.\n');
});

const filled = (template: Template | undefined): string =>
  (template ?? []).map((part) => (typeof part === 'string' ? part : `{${part.hole}}`)).join('');

test('every job has the variables of LSF', () => {
  const { request, owner } = jobView(1, {
    request: {
      name: 'x',
      array: { indices: [{ first: 1, count: 3, step: 2 }] },
      resources: { tasks: 2, cpusPerTask: 1 },
    },
  });
  const rows = new Map(
    launching.variables(request, owner, TEST_SITE).map(([k, v]) => [k, filled(v)]),
  );
  expect(Object.fromEntries(rows)).toMatchObject({
    LSB_JOBID: '{base}',
    LSB_JOBINDEX: '{index}',
    LSB_JOBINDEX_END: '5',
    LSB_JOBINDEX_STEP: '2',
    LSB_BATCH_JID: '{base}[{index}]',
    LSB_JOBNAME: 'x[{index}]',
    LSB_QUEUE: 'normal',
    LSB_HOSTS: '{node} {node}',
    LSB_MCPU_HOSTS: '{node} 2 ',
    LSB_DJOB_NUMPROC: '2',
    LSB_SUB_HOST: 'node1',
    LS_SUBCWD: '/home/alice/work',
    LSB_PROJECT_NAME: 'default',
    LS_JOBPID: '{pid}',
  });
});

test('%J and %I are holes in the names of files, and nothing else is', () => {
  const { request, owner } = jobView(1, {
    request: { streams: { openMode: 'append', stdout: 'o.%J_%I.%x%%', stdin: 'in' } },
  });
  const streams = launching.streams(request, owner, TEST_SITE);
  expect(filled(streams.stdout)).toBe('o.{base}_{index}.%x%%');
  expect(filled(streams.stdin)).toBe('in');
  expect(streams.stderr).toBeUndefined();
});
