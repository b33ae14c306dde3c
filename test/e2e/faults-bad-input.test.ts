// Bad input through the real commands: each gets the original's words and status, nothing of it reaches
// the store, and the daemon serves on. (What each option takes is in test/dialect.)

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/test-gateway.ts';

let gateway: TestGateway;
const BIG = `#!/bin/sh\n${'echo 0123456789012345678901234567890123456789\n'.repeat(250_000)}`;

beforeAll(async () => {
  gateway = await TestGateway.start();
  const files = {
    'big.sh': BIG,
    'nul.sh': '#!/bin/sh\necho a\0b\n',
    'dos.sh': '#!/bin/sh\r\necho a\r\n',
    'plain.sh': 'echo a\n',
    'empty.sh': '',
  };
  for (const [name, text] of Object.entries(files)) {
    fs.writeFileSync(path.join(gateway.work, name), text);
  }
  await gateway.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
});
afterAll(() => gateway.close());

/** Jobs that ever went to the store, with each of their changes. */
async function committed(): Promise<string> {
  const file = path.join(gateway.state, 'endpoints.json');
  const { http } = JSON.parse(fs.readFileSync(file, 'utf8')) as { readonly http: string };
  const text = await (await fetch(`${http}/metrics`)).text();
  return /^spillway_committed_jobs_total (\d+)$/m.exec(text)?.[1] ?? 'none';
}

/** Words, what is said on stderr, and the status. */
type Case = readonly [words: string, stderr: string, status: number];

const FAILED = 'sbatch: error: Batch job submission failed: ';
const BAD_ARRAY = `${FAILED}Invalid job array specification\n`;
const hint = (command: string) => `Try "${command} --help" for more information\n`;
const no = (text: string) => `${text}. Job not submitted.\n`;

const CASES: Readonly<Record<string, readonly Case[]>> = {
  sbatch: [
    ['--no-such --wrap true', `sbatch: unrecognized option '--no-such'\n${hint('sbatch')}`, 255],
    ['-z --wrap true', `sbatch: invalid option -- 'z'\n${hint('sbatch')}`, 255],
    ['-t soon --wrap true', 'sbatch: error: Invalid --time specification\n', 255],
    ['-a 5-1 --wrap true', BAD_ARRAY, 1],
    ['-a 1-10:0 --wrap true', BAD_ARRAY, 1],
    ['-a x --wrap true', BAD_ARRAY, 1],
    ['-a 1-4000001 --wrap true', BAD_ARRAY, 1],
    ['-a 99999999999 --wrap true', BAD_ARRAY, 1],
    ['-n 0 --wrap true', 'sbatch: error: Invalid numeric value "0" for --ntasks.\n', 1],
    ['-n many --wrap true', 'sbatch: error: Invalid numeric value "many" for --ntasks.\n', 1],
    ['--mem lots --wrap true', 'sbatch: error: Invalid --mem specification\n', 255],
    [
      '-p nowhere --wrap true',
      `sbatch: error: invalid partition specified: nowhere\n${FAILED}Invalid partition name specified\n`,
      1,
    ],
    [
      '--begin sometime --wrap true',
      'Invalid time specification (pos=0): sometime\nsbatch: error: Invalid --begin specification\n',
      255,
    ],
    ['-d nonsense --wrap true', `${FAILED}Job dependency problem\n`, 1],
    ['--signal NOSUCH@5 --wrap true', 'sbatch: error: Invalid --signal specification\n', 255],
    ['--uid=0 --wrap true', 'sbatch: error: --uid is not supported\n', 255],
    ['missing.sh', 'sbatch: error: Unable to open file missing.sh\n', 1],
    ['empty.sh', 'sbatch: error: Batch script is empty!\n', 1],
    ['big.sh', `${FAILED}Pathname of a file, directory or other parameter too long\n`, 1],
    [
      'nul.sh',
      "sbatch: error: The Slurm controller does not allow scripts that\nsbatch: error: contain a NULL character '\\0'.\n",
      1,
    ],
    [
      'dos.sh',
      'sbatch: error: Batch script contains DOS line breaks (\\r\\n)\nsbatch: error: instead of expected UNIX line breaks (\\n).\n',
      1,
    ],
    [
      'plain.sh',
      'sbatch: error: This does not look like a batch script.  The first\nsbatch: error: line must start with #! followed by the path to an interpreter.\nsbatch: error: For instance: #!/bin/sh\n',
      1,
    ],
  ],
  squeue: [
    ['-j 999', 'slurm_load_jobs error: Invalid job id specified\n', 1],
    ['-j abc', 'squeue: error: Invalid job id: abc\n', 1],
    ['--no-such', `squeue: unrecognized option '--no-such'\n${hint('squeue')}`, 1],
  ],
  scancel: [
    ['abc', 'scancel: error: Invalid job id abc\n', 1],
    ['1_2_3', 'scancel: error: Invalid job id 1_2_3\n', 1],
    ['', 'scancel: error: No job identification provided\n', 1],
    ['-s NOSUCH 1', 'scancel: error: Unknown job signal: NOSUCH\n', 1],
  ],
  sacct: [
    ['-S whenever', 'Invalid time specification (pos=0): whenever\n', 1],
    ['-o nosuchfield', 'sacct: error: Invalid field requested: "nosuchfield"\n', 1],
    ['-s NOSUCH', "sacct: fatal: unrecognized job state value 'NOSUCH'\n", 1],
    ['-j abc', 'sacct: fatal: Bad job/step specified: abc\n', 1],
  ],
  bsub: [
    ['-W soon true', no('soon: Bad RUNLIMIT specification'), 255],
    ['-n 0 true', no('The number of processors must be a positive integer'), 255],
    ['-n many true', no('Bad argument for option -n'), 255],
    ['-M lots true', no('lots: MEMLIMT value should be a positive integer'), 255],
    ['-J a[5-1] true', no('Bad job name'), 255],
    ['-J a[0] true', no('Bad job name'), 255],
    ['-J a[1-10:0] true', no('Bad job name'), 255],
    ['-J a[1-4000002] true', no('Job array index too large'), 255],
    ['-q nowhere true', no('nowhere: No such queue'), 255],
    ['-w done(999) true', no('999: No matching job found'), 255],
    ['-w done( true', no('done(: Dependency condition syntax error'), 255],
    ['-b sometime true', no('sometime: Bad time specification'), 255],
    ['-R rusage[ true', no('Bad resource requirement syntax'), 255],
    ['', no('No command is specified'), 255],
  ],
  bjobs: [
    ['999', 'Job <999> is not found\n', 255],
    ['abc', 'abc: Illegal job ID.\n', 255],
    ['-o nosuchfield', 'nosuchfield: Illegal field name\n', 255],
    ['-q nowhere', 'nowhere: No such queue\n', 255],
  ],
  bkill: [
    ['999', 'Job <999>: No matching job found\n', 255],
    ['1', 'Job <1>: Job has already finished\n', 255],
    ['abc', 'abc: Illegal job ID.\n', 255],
    ['-s NOSUCH 1', 'NOSUCH: Illegal signal value\n', 255],
  ],
};

describe.each(Object.entries(CASES))('%s', (command, cases) => {
  it.each(cases)('says what is wrong with `%s`, and nothing changes', async (words, ...told) => {
    const before = await committed();
    const { stdout, stderr, status } = await gateway.run(command, words.split(' ').filter(Boolean));
    expect([stdout, stderr, status]).toEqual(['', ...told]);
    expect(await committed()).toBe(before);
  });
});

describe('standard input', () => {
  it.each([
    ['sbatch', BIG, `${FAILED}Pathname of a file, directory or other parameter too long\n`, 1],
    ['sbatch', '', 'sbatch: error: Batch script is empty!\n', 1],
    ['bsub', BIG, no('The script is longer than 4194304 bytes'), 255],
    ['bsub', '#!/bin/sh\necho a\0b\n', no('Bad command'), 255],
  ])('of %s that cannot be a job is refused', async (command, stdin, stderr, status) => {
    const before = await committed();
    expect(await gateway.run(command, [], { stdin })).toEqual({ stdout: '', stderr, status });
    expect(await committed()).toBe(before);
  });
});

describe('odd names', () => {
  it('are kept as they are and shown in one line, with nothing that steers a terminal', async () => {
    const names = ['a\nb', 'c\x1b[31md\x1b]0;title\x07', 'gr\xfcn\t', '"|"'];
    for (const name of names) await gateway.ok('sbatch', ['-H', '-J', name, '--wrap', 'true']);
    const shown = await gateway.ok('squeue', ['-h', '-S', 'i', '-o', '%j']);
    expect(shown.split('\n')).toHaveLength(names.length + 1);
    const bjobs = await gateway.ok('bjobs', ['-noheader', '-o', 'job_name']);
    expect(bjobs.split('\n')).toHaveLength(names.length + 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(shown + bjobs).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    await gateway.ok('scancel', ['-n', 'a\nb']);
    expect((await gateway.ok('squeue', ['-h', '-o', '%j'])).split('\n')).toHaveLength(names.length);
    await gateway.ok('bkill', ['0']);
    await gateway.until(async () => (await gateway.ok('squeue', ['-h'])) === '');
  });
});

describe('an output that cannot be written', () => {
  it.each(['/no/such/directory/out', '.'])('fails the job of %s and no other', async (output) => {
    const words = ['--wait', '-o', output, '--wrap', 'true'];
    expect((await gateway.run('sbatch', words)).status).not.toBe(0);
    const { status } = await gateway.run('bsub', ['-K', '-o', output, 'true']);
    expect(status).not.toBe(0);
    await gateway.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
  });
});

it('a daemon that met all this is the same, well, and runs jobs', async () => {
  const pid = gateway.daemonPid;
  await gateway.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
  await gateway.ok('bsub', ['-K', '-o', '/dev/null', 'true']);
  expect(gateway.daemonPid).toBe(pid);
  expect(gateway.errors).not.toContain('a fault of ours');
  expect(gateway.errors).not.toContain('the local agent ended');
});

describe('a daemon that is not there', () => {
  it('is told in the words of each original when it comes too late', async () => {
    await gateway.endDaemon('SIGKILL');
    const env = { SPILLWAY_CONNECT_TIMEOUT: '0' };
    const { stderr, status } = await gateway.run('sbatch', ['--wrap', 'true'], { env });
    expect([stderr, status]).toEqual([
      `${FAILED}Unable to contact slurm controller (connect failure)\n`,
      1,
    ]);
    expect(await gateway.run('bjobs', [], { env })).toEqual({
      stdout: '',
      stderr: 'Cannot connect to LSF. Please wait ...\n',
      status: 255,
    });
  });

  it('is waited for while it starts', async () => {
    const env = { SPILLWAY_CONNECT_TIMEOUT: '-1' };
    const early = gateway.begin('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'exit 6'], {
      env,
    });
    await gateway.startDaemon();
    expect((await early.ended).status).toBe(6);
  });
});
