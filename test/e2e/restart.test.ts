// What may die, dies: the daemon, the agent, the launcher, all of them. Jobs run on, each once, and their
// exit codes arrive.

import * as os from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start({ settings: 'requeueDelay: 100ms\n' });
});
afterEach(() => gateway.close());

const AGENT = 'spillway-agent.js';
const LAUNCHER = 'launcher/launcher';

/** Submits jobs that run until `gate` is there, and end with 1, 2, 3 … after noting that they ran. */
async function submitGated(count: number): Promise<number[]> {
  const jobs: number[] = [];
  for (let code = 1; code <= count; code++) {
    const wrap = `echo ${code} >> ran; while [ ! -e gate ]; do sleep 0.02; done; exit ${code}`;
    jobs.push(await gateway.submit('sbatch', ['-o', '/dev/null', '--wrap', wrap]));
  }
  return jobs;
}

const running = () => gateway.file('ran').split('\n').length - 1;

async function expectCodes(jobs: readonly number[]): Promise<void> {
  for (const [at, job] of jobs.entries()) {
    await gateway.untilState(job, 'FAILED');
    const words = ['-n', '-X', '-P', '-o', 'exitcode', '-j', `${job}`];
    expect(await gateway.ok('sacct', words)).toBe(`${at + 1}:0\n`);
  }
  expect(gateway.file('ran').trim().split('\n').toSorted()).toEqual(
    jobs.map((_, at) => `${at + 1}`),
  );
}

/** Kills what holds the words in its command line, and waits until it is gone. */
async function kill(words: string): Promise<void> {
  const found = gateway.processes(words);
  expect(found.length).toBeGreaterThan(0);
  for (const pid of found) process.kill(pid, 'SIGKILL');
  await gateway.until(() => !gateway.processes(words).some((pid) => found.includes(pid)));
}

/** The launchers that are no supervisors: children of an agent, or of nobody any more. */
function launchers(): number[] {
  const all = gateway.processes(LAUNCHER);
  return all.filter((pid) => !all.includes(gateway.parentOf(pid)));
}

describe('the daemon', () => {
  it('is killed: jobs run on, and their codes arrive at the next one', async () => {
    const slots = os.availableParallelism();
    const jobs = await submitGated(slots);
    await gateway.until(() => running() === slots);
    await gateway.endDaemon('SIGKILL');
    const agents = gateway.processes(AGENT);
    await gateway.startDaemon();
    // A second one leaves at once.
    await gateway.until(() => isDeepStrictEqual(gateway.processes(AGENT), agents));
    expect(await gateway.ok('squeue', ['-h', '-o', '%T'])).toBe('RUNNING\n'.repeat(slots));
    gateway.touch('gate');
    await expectCodes(jobs);
  });

  it('is killed, and jobs end before the next one starts', async () => {
    const jobs = await submitGated(1);
    await gateway.until(() => running() === 1);
    await gateway.endDaemon('SIGKILL');
    gateway.touch('gate');
    await gateway.startDaemon();
    await expectCodes(jobs);
  });

  it('is killed under commands that wait: they hear the end from the next one', async () => {
    const wrap = 'echo 1 >> ran; while [ ! -e gate ]; do sleep 0.02; done; exit 5';
    const env = { SPILLWAY_CONNECT_TIMEOUT: '-1' };
    const slurm = gateway.begin('sbatch', ['--wait', '-o', '/dev/null', '--wrap', wrap], { env });
    await gateway.until(() => running() === 1);
    await gateway.endDaemon('SIGKILL');
    gateway.touch('gate');
    await gateway.startDaemon();
    const { stdout, status } = await slurm.ended;
    expect({ stdout, status }).toEqual({ stdout: 'Submitted batch job 1\n', status: 5 });
    expect(gateway.file('ran')).toBe('1\n');
  });

  it('is stopped: agent and launcher leave, jobs run on and are found again', async () => {
    const jobs = await submitGated(1);
    await gateway.until(() => running() === 1);
    const began = launchers();
    expect(await gateway.endDaemon('SIGTERM')).toBe(0);
    expect(gateway.processes(AGENT)).toEqual([]);
    await gateway.until(() => !gateway.processes(LAUNCHER).some((pid) => began.includes(pid)));
    await gateway.startDaemon();
    expect(await gateway.ok('squeue', ['-h', '-o', '%T'])).toBe('RUNNING\n');
    gateway.touch('gate');
    await expectCodes(jobs);
  });

  it('keeps what it acknowledged, and gives no number twice', async () => {
    const held = await gateway.submit('sbatch', ['-H', '--wrap', 'true']);
    await gateway.endDaemon('SIGKILL');
    await gateway.startDaemon();
    expect(await gateway.ok('squeue', ['-h', '-o', '%i %T'])).toBe(`${held} PENDING\n`);
    expect(await gateway.submit('sbatch', ['-H', '--wrap', 'true'])).toBe(held + 1);
  });
});

describe('the node', () => {
  it('loses its agent: the daemon starts another, and the jobs do not notice', async () => {
    const jobs = await submitGated(1);
    await gateway.until(() => running() === 1);
    await kill(AGENT);
    gateway.touch('gate');
    await expectCodes(jobs);
  });

  it('loses its launcher, and jobs start and end as before', async () => {
    const jobs = await submitGated(1);
    await gateway.until(() => running() === 1);
    for (const pid of launchers()) process.kill(pid, 'SIGKILL');
    gateway.touch('gate');
    await expectCodes(jobs);
    await gateway.ok('sbatch', ['--wait', '--wrap', 'true']);
  });

  it('loses agent, launcher and daemon at once', async () => {
    const jobs = await submitGated(1);
    await gateway.until(() => running() === 1);
    for (const pid of launchers()) process.kill(pid, 'SIGKILL');
    await gateway.endDaemon('SIGKILL');
    await kill(AGENT);
    gateway.touch('gate');
    await gateway.startDaemon();
    await expectCodes(jobs);
  });

  it('loses a supervisor: its job ends first, then runs again if it may', async () => {
    const wrap = 'echo $SLURM_RESTART_COUNT >> ran; while [ ! -e gate ]; do sleep 0.02; done';
    const words = ['--requeue', '-o', '/dev/null', '--wrap', wrap];
    const job = await gateway.submit('sbatch', words);
    await gateway.until(() => running() === 1);
    const began = launchers();
    for (const pid of gateway.processes(LAUNCHER)) {
      if (!began.includes(pid)) process.kill(pid, 'SIGKILL');
    }
    gateway.touch('gate');
    await gateway.untilState(job, 'COMPLETED');
    expect(gateway.file('ran')).toBe('\n1\n');
  });
});
