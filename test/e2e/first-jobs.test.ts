// The first hour of a user: jobs of both dialects, their output, what listings say of them.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/test-gateway.ts';

const USER = os.userInfo().username;
const SETTINGS = `
queues:
  - name: normal
  - name: brief
    maxWallTime: 500ms
    defaultWallTime: 500ms
`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start({ settings: SETTINGS });
});
afterAll(() => gateway.close());

describe('sbatch', () => {
  it('runs a command line and puts its output into a file named by the job', async () => {
    const said = await gateway.ok('sbatch', ['--wait', '--wrap', 'echo hello; echo oops >&2']);
    const job = /^Submitted batch job (\d+)\n$/.exec(said)?.[1];
    expect(gateway.file(`slurm-${job}.out`)).toBe('hello\noops\n');
    expect(
      await gateway.ok('sacct', ['-n', '-X', '-P', '-o', 'jobid,state,exitcode', '-j', `${job}`]),
    ).toBe(`${job}|COMPLETED|0:0\n`);
  });

  it('runs a script from its standard input', async () => {
    const stdin = '#!/bin/bash\n#SBATCH -o in.out -J piped\necho "$SLURM_JOB_NAME $*"\n';
    await gateway.ok('sbatch', ['--wait'], { stdin });
    expect(gateway.file('in.out')).toBe('piped \n');
  });

  it('hands arguments to the script', async () => {
    fs.writeFileSync(path.join(gateway.work, 'args.sh'), '#!/bin/sh\nprintf "%s," "$@"\n');
    await gateway.ok('sbatch', ['--wait', '-o', 'args.out', 'args.sh', 'a b', '', "c'd"]);
    expect(gateway.file('args.out')).toBe("a b,,c'd,");
  });

  it('--wait ends with the exit code of the job', async () => {
    expect((await gateway.run('sbatch', ['--wait', '--wrap', 'exit 7'])).status).toBe(7);
  });

  it('says in the output where a job runs instead, and that it is cancelled or out of time', async () => {
    const script = 'echo ready; exec sleep 60';
    const [cancelled, late] = [
      await gateway.submit('sbatch', [
        '-o',
        `${gateway.work}/c.out`,
        '-D',
        '/no/such',
        '--wrap',
        script,
      ]),
      await gateway.submit('sbatch', ['-o', 'l.out', '-p', 'brief', '--wrap', script]),
    ];
    await gateway.until(() => gateway.file('c.out').endsWith('ready\n'));
    await gateway.ok('scancel', [`${cancelled}`]);
    await gateway.until(async () => (await gateway.ok('squeue', ['-h'])) === '');
    const time = String.raw`\d{4}(-\d\d){2}T\d\d(:\d\d){2}`;
    const [first, , third, fourth] = gateway.file('c.out').split('\n');
    const [, node = ''] = /^slurmstepd-(\S+): error: couldn't chdir to /.exec(first ?? '') ?? [];
    expect(first).toMatch(/ chdir to `\/no\/such': No such file or directory: going to \/tmp /);
    expect(third).toBe('ready');
    const head = `slurmstepd-${node}: error: *** JOB`;
    const end = (job: number, why: string) => `JOB ${job} ON ${node} CANCELLED AT ${time}${why}`;
    expect(fourth).toContain(head);
    expect(fourth).toMatch(new RegExp(`${end(cancelled, '')} \\*\\*\\*$`));
    expect(gateway.file('l.out')).toMatch(
      new RegExp(`^ready\n.*${end(late, ' DUE TO TIME LIMIT')} \\*\\*\\*$`, 'm'),
    );
  });

  it('fails a job whose output cannot be opened, and says so', async () => {
    const { status } = await gateway.run('sbatch', [
      '--wait',
      '-o',
      '/nowhere/x',
      '--wrap',
      'true',
    ]);
    expect(status).not.toBe(0);
    expect(
      await gateway.ok('sacct', ['-n', '-X', '-P', '-o', 'state', '-S', 'now-1hours']),
    ).toMatch(/FAILED\n$/);
  });
});

describe('the name of a user', () => {
  it('is looked up on the host', async () => {
    const { stderr, status } = await gateway.run('squeue', ['-u', `nosuchuser,${USER}`]);
    expect({ stderr, status }).toEqual({
      stderr: 'squeue: error: Invalid user: nosuchuser\n\n',
      status: 0,
    });
    expect((await gateway.run('sacct', ['-u', 'nosuchuser'])).status).toBe(1);
    expect((await gateway.run('sacct', ['-u', USER])).stderr).toBe('');
  });
});

describe('bsub', () => {
  it('takes a job from its standard input and appends the report to the output', async () => {
    const stdin = '#BSUB -J story\n#BSUB -o story.out\necho told\n';
    const said = await gateway.ok('bsub', ['-K'], { stdin });
    const job = /^Job <(\d+)> is submitted to default queue <normal>\.\n/.exec(said)?.[1];
    const output = gateway.file('story.out');
    expect(output).toMatch(/^told\n\n-+\nSender: LSF System/);
    expect(output).toContain(`Subject: Job ${job}: <story> in cluster <spillway> Done`);
    expect(output).toContain('Successfully completed.');
    expect(await gateway.ok('bjobs', ['-noheader', '-o', 'stat', `${job}`])).toBe('DONE\n');
  });

  it('-K says what happens and ends with the exit code of the job', async () => {
    const { stderr, status } = await gateway.run('bsub', ['-K', '-o', 'k.out', 'exit 3']);
    expect(status).toBe(3);
    expect(stderr).toBe('<<Waiting for dispatch ...>>\n<<Job is finished>>\n');
    expect(gateway.file('k.out')).toContain('Exited with exit code 3.');
  });

  it('is killed with a warning: INT first', async () => {
    const script = 'trap "echo interrupted; exit 9" INT; echo ready; while :; do sleep 0.05; done';
    const job = await gateway.submit('bsub', ['-o', 'int.out', script]);
    await gateway.until(() => gateway.file('int.out') === 'ready\n');
    expect(await gateway.ok('bkill', [`${job}`])).toBe(`Job <${job}> is being terminated\n`);
    await gateway.until(async () => (await gateway.ok('bjobs', [`${job}`])).includes(' EXIT '));
    expect(gateway.file('int.out')).toMatch(/^ready\ninterrupted\n/);
    expect(gateway.file('int.out')).toContain('TERM_OWNER: job killed by owner.');
  });
});

describe('both', () => {
  it('see and end the jobs of the other', async () => {
    const lsf = await gateway.submit('bsub', ['-o', '/dev/null', 'sleep 1000']);
    const slurm = await gateway.submit('sbatch', ['-o', '/dev/null', '--wrap', 'sleep 1000']);
    await gateway.untilState(lsf, 'RUNNING');
    await gateway.untilState(slurm, 'RUNNING');
    const ids = (await gateway.ok('squeue', ['-h', '-o', '%i'])).trim().split('\n').map(Number);
    expect(ids).toEqual(expect.arrayContaining([lsf, slurm]));
    expect(await gateway.ok('bjobs', ['-noheader', '-o', 'jobid'])).toContain(`${slurm}\n`);
    await gateway.ok('scancel', [`${lsf}`]);
    await gateway.ok('bkill', [`${slurm}`]);
    await gateway.until(async () => (await gateway.ok('squeue', ['-h'])) === '');
    expect(await gateway.stateOf(slurm)).toMatch(/^CANCELLED/);
    expect(await gateway.ok('bjobs', ['-noheader', '-o', 'stat', `${lsf}`])).toBe('EXIT\n');
  });

  it('end jobs that have only just begun', async () => {
    const jobs: number[] = [];
    for (let count = 0; count < 40; count++) {
      const job = await gateway.submit('sbatch', ['-o', '/dev/null', '--wrap', 'sleep 1000']);
      await gateway.ok('scancel', [`${job}`]);
      jobs.push(job);
    }
    await gateway.until(async () => (await gateway.ok('squeue', ['-h'])) === '');
    const words = ['-n', '-X', '-P', '-o', 'state', '-j', jobs.join(',')];
    expect(await gateway.ok('sacct', words)).toMatch(/^(CANCELLED by \d+\n){40}$/);
  });

  it('wait for each other: a Slurm job after an LSF job', async () => {
    const first = await gateway.submit('bsub', ['-o', '/dev/null', 'echo 1 >> order; exit 0']);
    await gateway.ok('sbatch', ['--wait', '-d', `afterok:${first}`, '--wrap', 'echo 2 >> order']);
    expect(gateway.file('order')).toBe('1\n2\n');
  });

  it('give a job the variables of all dialects, and the way back to the gateway', async () => {
    const wrap =
      'env | grep -E "^(SLURM_JOB_ID|LSB_JOBID|AWS_BATCH_JQ_NAME|SPILLWAY_SOCKET)=" | sort';
    const job = await gateway.submit('sbatch', [
      '--wait',
      '-o',
      'v.out',
      '--export=NONE',
      '--wrap',
      wrap,
    ]);
    expect(gateway.file('v.out')).toBe(
      `AWS_BATCH_JQ_NAME=normal\nLSB_JOBID=${job}\nSLURM_JOB_ID=${job}\nSPILLWAY_SOCKET=${gateway.socket}\n`,
    );
  });
});

describe('an array', () => {
  it('runs each element, with its index in all names', async () => {
    const wrap = 'echo "$SLURM_ARRAY_TASK_ID $LSB_JOBINDEX $AWS_BATCH_JOB_ARRAY_INDEX"';
    const array = await gateway.submit('sbatch', ['-a', '1-5:2', '-o', 'a-%a.out', '--wrap', wrap]);
    await gateway.ok('sbatch', ['--wait', '-d', `afterok:${array}`, '--wrap', 'cat a-*.out > all']);
    expect(gateway.file('all')).toBe('1 1 1\n3 3 3\n5 5 5\n');
    expect(
      await gateway.ok('sacct', ['-n', '-X', '-P', '-o', 'jobid,state', '-j', `${array}`]),
    ).toBe([1, 3, 5].map((index) => `${array}_${index}|COMPLETED\n`).join(''));
  });

  it('of LSF releases a job that waits for all of it', async () => {
    const array = await gateway.submit('bsub', [
      '-J',
      'set[1-3]',
      '-o',
      'l-%I.out',
      'exit $((LSB_JOBINDEX - 1))',
    ]);
    await gateway.ok('bsub', ['-K', '-w', `ended(${array})`, '-o', '/dev/null', 'true']);
    expect(await gateway.ok('bjobs', ['-a', '-noheader', '-o', 'stat', `${array}`])).toBe(
      'DONE\nEXIT\nEXIT\n',
    );
  });
});

describe('limits and waiting', () => {
  it('holds a job until it is released', async () => {
    const job = await gateway.submit('sbatch', ['-H', '--wrap', 'true']);
    expect(await gateway.ok('squeue', ['-h', '-o', '%T %r', '-j', `${job}`])).toBe(
      'PENDING JobHeldUser\n',
    );
    await gateway.ok('scancel', [`${job}`]);
    expect(await gateway.stateOf(job)).toMatch(/^CANCELLED/);
  });

  it('starts a job at the time that it was given', async () => {
    const before = Date.now();
    await gateway.ok('sbatch', [
      '--wait',
      '--begin',
      'now+2',
      '-o',
      'b.out',
      '--wrap',
      'date +%s%N',
    ]);
    expect(Number(gateway.file('b.out')) / 1e6).toBeGreaterThanOrEqual(before + 1000);
  });

  it('ends a job at its time limit', async () => {
    const job = await gateway.submit('sbatch', [
      '-p',
      'brief',
      '-o',
      '/dev/null',
      '--wrap',
      'sleep 1000',
    ]);
    await gateway.until(async () => (await gateway.stateOf(job)) === 'TIMEOUT');
  });
});
