// Our own command line against a private gateway of the built program, and without one.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { BatchClient, DescribeJobQueuesCommand } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestGateway } from '../support/test-gateway.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/bin/spillway.js');

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

function spillway(socket: string, ...words: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env['PATH'], TZ: 'UTC', SPILLWAY_SOCKET: socket };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...words], { env }, (error, stdout, stderr) => {
      const status = error === null ? 0 : Number(error.code);
      resolve({ stdout, stderr, status });
    });
  });
}

describe('with a daemon', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start();
  });
  afterAll(async () => {
    await gateway.close();
  });
  const run = (...words: readonly string[]) => spillway(gateway.socket, ...words);

  test('a fresh key pair signs what the Batch client sends, until it is deleted', async () => {
    const made = await run('keys', 'create', '--json');
    const credentials = JSON.parse(made.stdout) as {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    };
    expect(Object.keys(credentials)).toEqual(['accessKeyId', 'secretAccessKey']);
    expect(credentials.secretAccessKey).toHaveLength(40);
    const { http } = JSON.parse(
      fs.readFileSync(path.join(gateway.state, 'endpoints.json'), 'utf8'),
    ) as { readonly http: string };
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
    const client = new BatchClient({ endpoint: http, region: 'us-east-1', credentials });
    const ask = () => client.send(new DescribeJobQueuesCommand({}));
    expect((await ask()).jobQueues?.map((queue) => queue.jobQueueName)).toEqual(['normal']);
    const listed = await run('keys', 'list');
    expect(listed.stdout).toContain(credentials.accessKeyId);
    expect(listed.stdout).not.toContain(credentials.secretAccessKey);
    expect(await run('keys', 'delete', credentials.accessKeyId)).toMatchObject({ status: 0 });
    await expect(ask()).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    expect(await run('keys', 'delete', credentials.accessKeyId)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('spillway keys list'),
    });
    client.destroy();
  });

  test('jobs of every dialect are listed and explained', async () => {
    const cpus = os.availableParallelism();
    const slurm = await gateway.submit('sbatch', ['-J', 'first', '--wrap', 'sleep 60']);
    await gateway.untilState(slurm, 'RUNNING');
    const lsf = await gateway.submit('bsub', ['-J', 'caf\u00e9', '-n', String(cpus), 'true']);
    const jobs = JSON.parse((await run('jobs', '--json')).stdout) as readonly object[];
    expect(jobs).toMatchObject([
      { id: slurm, name: 'first', dialect: 'slurm', state: 'running' },
      { id: lsf, name: 'café', dialect: 'lsf', state: 'pending', cpus },
    ]);
    expect((await run('jobs')).stdout).toMatch(/^JOB +NAME +USER/);
    const { stdout } = await run('explain', String(lsf));
    expect(stdout).toContain('nobody before it');
    expect(stdout).toContain(`busy: ${cpus - 1} CPUs free, the job needs ${cpus}`);
    expect((await run('queues')).stdout).toMatch(/^normal \* .* 1 +1$/m);
    expect(JSON.parse((await run('nodes', '--json')).stdout)).toMatchObject([
      { state: 'up', freeCpus: cpus - 1, running: 1 },
    ]);
    await gateway.ok('scancel', [String(slurm), String(lsf)]);
    await gateway.untilState(lsf, `CANCELLED by ${process.getuid?.()}`);
    expect((await run('jobs', '--all')).stdout).toContain('cancelled by owner');
    expect((await run('explain', String(lsf))).stdout).toContain('cancelled by owner');
  });

  test('a backup is a database that the doctor finds whole, without a daemon too', async () => {
    expect((await run('doctor')).stdout).toContain('database: whole');
    const folder = path.join(gateway.directory, 'copy');
    fs.mkdirSync(folder);
    const file = path.join(folder, 'spillway.db');
    expect(await run('backup', file)).toMatchObject({ status: 0, stderr: '' });
    const offline = await spillway('/nowhere/sock', 'doctor', '--json', '--state-dir', folder);
    expect(offline).toMatchObject({ status: 0 });
    expect(JSON.parse(offline.stdout)).toMatchObject({ stateDirectory: folder, problems: [] });
    const bad = await run('backup', '/nowhere/copy.db');
    expect(bad).toMatchObject({ status: 1, stderr: expect.stringContaining('no backup') });
  });

  test('the doctor of a directory that a daemon holds says who', async () => {
    const { status, stderr } = await spillway('/nowhere/s', 'doctor', '--state-dir', gateway.state);
    expect(status).toBe(1);
    expect(stderr).toContain(String(gateway.daemonPid));
  });

  test('a job that nobody knows is told what to type', async () => {
    expect(await run('explain', '999')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'spillway: no job 999; `spillway jobs --all` shows them\n',
    });
  });
});

describe('without a daemon', () => {
  test('one sentence names the socket that was tried', async () => {
    expect(await spillway('/nowhere/spillwayd.sock', 'jobs')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'spillway: no daemon: there is no socket at /nowhere/spillwayd.sock; ' +
        'start spillwayd, or name its SPILLWAY_SOCKET\n',
    });
  });

  test.each([
    [[], 'Say what to do'],
    [['keys'], 'create, list or delete'],
    [['job'], 'Did you mean jobs?'],
    [['jobs', '--jsn'], 'Unknown argument: jsn'],
    [['explain'], 'Not enough non-option arguments'],
    [['explain', 'x'], 'a number'],
    [['config', '--config', '/nowhere.yaml'], 'cannot read /nowhere.yaml'],
  ])('%j is a wrong use, with status 2', async (words, said) => {
    const { status, stdout, stderr } = await spillway('/nowhere/s', ...words);
    expect(stderr).toContain(said);
    expect(stderr).toMatch(/^spillway: /);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('help, version, settings and completion need none', async () => {
    const help = await spillway('/nowhere/s', '--help');
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('explain <job>') });
    expect((await spillway('/nowhere/s', 'version')).stdout).toMatch(/^spillway \d+\.\d+\.\d+\n$/);
    expect((await spillway('/nowhere/s', 'config', '--explain')).stdout).toMatch(
      /^cluster: spillway {2}\(default\)$/m,
    );
    expect((await spillway('/nowhere/s', 'completion')).stdout).toContain('complete');
  });

  test('a socket that is not the door of a daemon is told as such', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-'));
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '');
    const { status, stderr } = await spillway(file, 'queues');
    fs.rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    expect(stderr).toContain(`no daemon: nobody listens at ${file};`);
  });
});
