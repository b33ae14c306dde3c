// What execution promises of real processes: the link, the agent program, the launcher. Needs a
// build.

import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testAsRoot } from '../support/conditions.ts';
import { until } from '../support/execution-under-test.ts';
import { appendOf, endOf, forgetOf, keyOf } from '../support/launches.ts';
import { NODE, NodeUnderTest } from '../support/node-under-test.ts';

const ENOENT = 2;

describe('real attempts', () => {
  let node: NodeUnderTest;
  beforeEach(async () => {
    node = await NodeUnderTest.open();
  });
  afterEach(() => node.close());

  it('have the exit code, the output and the variables that they should have', async () => {
    node.launch(7, 'echo "$JOB.$ATTEMPT $PATH"; pwd; exit 42');
    const end = await node.end(7);
    expect(end).toMatchObject({ exitCode: 42, signal: 0 });
    expect(end.at - end.startedAt).toBeLessThan(5_000);
    expect(Math.abs(end.at - Date.now())).toBeLessThan(5_000);
    expect(end.usage.maxMemoryKib).toBeGreaterThan(0);
    expect(node.read('out.7')).toBe(`7.1 /usr/bin:/bin\n${node.directory}\n`);
  });

  it('have the signal that ended them', async () => {
    node.launch(1, 'kill -KILL $$');
    expect(await node.end(1)).toMatchObject({ exitCode: 0, signal: 9 });
  });

  it('say which file could not be opened', async () => {
    node.launch(1, 'exit 0', { stdout: '/no/such/directory/out' });
    const { launchFailure } = await node.end(1);
    expect(launchFailure).toMatchObject({ why: 'stdout', errno: ENOENT });
    expect(launchFailure?.path).toBe('/no/such/directory/out');
  });

  testAsRoot('do not run for a user of another name', async () => {
    node.launch(1, 'exit 0', { user: 'nobody-by-this-name' });
    expect((await node.end(1)).launchFailure).toMatchObject({ why: 'identity' });
    expect(fs.existsSync(node.path('out.1'))).toBe(false);
  });

  it('end with their whole tree, however they resist', async () => {
    node.launch(
      1,
      "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & while :; do sleep 1; done",
    );
    await until(() => node.recorder.started.includes(1));
    node.link.perform([endOf(NODE, 1)]);
    expect(await node.end(1)).toMatchObject({ signal: 9 });
  });

  it('have their report appended once, behind their output', async () => {
    node.launch(1, 'echo hello', { request: { report: true } });
    await node.end(1);
    node.link.perform([appendOf(NODE, 1), appendOf(NODE, 1)]);
    await until(() => node.recorder.of('reportsAppended').length > 0);
    await node.killAgent();
    node.startAgent();
    await until(() => node.recorder.of('nodeConnected').length === 2);
    node.link.perform([appendOf(NODE, 1)]);
    await until(() => node.recorder.of('reportsAppended').length >= 2);
    expect(node.read('out.1')).toBe('hello\nreport of 1\n');
  });

  it('have their output mailed with the report when they have no output file', async () => {
    node.launch(1, 'echo hello', { stdout: null, request: { report: true } });
    await node.end(1);
    node.link.perform([appendOf(NODE, 1), appendOf(NODE, 1)]);
    await until(() => node.recorder.of('reportsAppended').length > 0);
    const [user = ''] = fs.readdirSync(node.path('mail'));
    expect(node.read(`mail/${user}`)).toBe('report of 1\nhello\n\n');
    expect(fs.statSync(node.path(`mail/${user}`)).mode & 0o777).toBe(0o600);
  });

  it('leave nothing behind when they are forgotten', async () => {
    node.launch(1, 'exit 0');
    await node.end(1);
    expect(fs.existsSync(node.path('run/1.1'))).toBe(true);
    node.link.perform([forgetOf(NODE, 1)]);
    await until(() => !fs.existsSync(node.path('run/1.1')));
  });

  it('are killed when they are forgotten while they run', async () => {
    node.launch(1, 'while :; do sleep 1; done');
    await until(() => node.recorder.started.includes(1));
    node.link.perform([forgetOf(NODE, 1)]);
    await until(() => !fs.existsSync(node.path('run/1.1')));
    expect(node.recorder.ended).toEqual([]);
  });

  it('run on and keep their exit codes while agent, launcher and daemon die', async () => {
    const jobs = Array.from({ length: 30 }, (_, i) => i + 1);
    const ran = node.path('ran');
    const script = (job: number) => `echo ${job} >> ${ran}; sleep 0.${job % 10}; exit ${job}`;
    for (const job of jobs.slice(0, 15)) node.launch(job, script(job));
    await until(() => node.recorder.started.length + node.recorder.ended.length >= 3);
    await node.killAgent();
    for (const job of jobs.slice(15, 20)) node.launch(job, script(job));
    node.startAgent();
    await until(() => node.recorder.of('nodeConnected').length === 2);
    for (const pid of node.launcherPids()) process.kill(pid, 'SIGKILL');
    for (const job of jobs.slice(20)) node.launch(job, script(job));
    await node.end(30);
    await node.startLink();
    await node.connected();
    for (const job of jobs) node.launch(job, script(job));
    for (const job of jobs) expect(await node.end(job)).toMatchObject({ exitCode: job, signal: 0 });
    const runs = fs.readFileSync(ran, 'utf8').trim().split('\n').map(Number);
    expect(runs.toSorted((a, b) => a - b)).toEqual(jobs);
  });

  it('that an agent finds are told to the daemon', async () => {
    node.launch(1, 'exit 3');
    node.launch(2, 'while [ ! -e go ]; do sleep 0.01; done; exit 4');
    await node.end(1);
    await until(() => node.recorder.started.includes(2));
    await node.stopLink();
    await node.killAgent();
    await node.startLink();
    node.startAgent();
    await node.connected();
    const attempts = node.recorder.of('nodeConnected')[0]?.attempts ?? [];
    expect(attempts.toSorted((a, b) => a.job - b.job)).toEqual([keyOf(1), keyOf(2)]);
    await until(() => node.recorder.ended.includes(1));
    fs.writeFileSync(node.path('go'), '');
    expect(await node.end(2)).toMatchObject({ exitCode: 4 });
  });
});

describe('an agent', () => {
  it('ends when it is dismissed, and its attempts run on', async () => {
    const node = await NodeUnderTest.open();
    node.launch(1, 'while [ ! -e go ]; do sleep 0.01; done; exit 5');
    await until(() => node.recorder.started.includes(1));
    const gone = new Promise((resolve) => node.agent.once('exit', resolve));
    node.dismiss();
    expect(await gone).toBe(0);
    fs.writeFileSync(node.path('go'), '');
    node.startAgent();
    expect(await node.end(1)).toMatchObject({ exitCode: 5 });
    await node.close();
  });

  it('ends when its directory is gone', async () => {
    const node = await NodeUnderTest.open();
    const gone = new Promise((resolve) => node.agent.once('exit', resolve));
    await node.stopLink();
    fs.rmSync(node.directory, { recursive: true });
    expect(await gone).toBe(0);
    await node.close();
  });

  it('leaves the node to another one that serves it', async () => {
    const node = await NodeUnderTest.open();
    const first = node.agent;
    const second = node.startAgent();
    expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(0);
    expect(first.exitCode).toBeNull();
    const gone = new Promise((resolve) => first.once('exit', resolve));
    first.kill('SIGTERM');
    await gone;
    await node.close();
  });

  it('ends what may be run again when it had no contact for the length of the lease', async () => {
    const node = await NodeUnderTest.open(['--lease-ms', '300', '--heartbeat-ms', '50']);
    const forever = 'while :; do sleep 0.05; done';
    node.launch(1, forever, { request: { rerunnable: true } });
    node.launch(2, forever);
    await until(() => node.recorder.started.length === 2);
    await node.stopLink();
    await until(() => fs.existsSync(node.path('run/1.1/exit')));
    expect(fs.existsSync(node.path('run/2.1/exit'))).toBe(false);
    await node.startLink();
    expect(await node.end(1)).toMatchObject({ signal: 9 });
    node.link.perform([endOf(NODE, 2)]);
    await node.end(2);
    await node.close();
  });
});
