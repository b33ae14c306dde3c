// How the daemon starts, or says in a sentence why it does not.

import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoints } from '../../src/daemon/endpoints.ts';
import { describeWith } from '../support/conditions.ts';
import { JobsClient } from '../support/jobs-client.ts';
import { TestGateway } from '../support/test-gateway.ts';

const DAEMON = path.resolve(import.meta.dirname, '../../dist/bin/spillwayd.js');

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start({ settings: 'cluster: hill\n' });
});
afterAll(() => gateway.close());

/** Runs the daemon where it is to end by itself. */
function daemon(...words: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [DAEMON, ...words], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { stdout, stderr, status };
}

describe('a gateway that started', () => {
  it('says one line on stdout, and the same in a file', () => {
    const { socket, http, grpc } = endpoints();
    expect(gateway.ready).toBe(`spillwayd ready socket=${socket} http=${http} grpc=${grpc}\n`);
    expect(socket).toBe(gateway.socket);
  });

  it('answers whether it lives, and with metrics', async () => {
    const { http } = endpoints();
    expect(await (await fetch(`${http}/healthz`)).json()).toEqual({ status: 'ok' });
    await gateway.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
    const metrics = await (await fetch(`${http}/metrics`)).text();
    expect(metrics).toMatch(/^slurm_nodes 1$/m);
    expect(metrics).toMatch(/^spillway_commands_total\{kind="submitJob"\} 1$/m);
    expect(metrics).toMatch(/^spillway_commit_seconds_count [1-9]/m);
  });

  it('takes calls without a signature on a socket, from whom the kernel names', async () => {
    const { grpc, grpcSocket } = endpoints();
    const [local, anybody] = [new JobsClient(`unix:${grpcSocket}`), new JobsClient(grpc)];
    const asked = { name: 'called', arguments: [Buffer.from('true')] };
    const { job } = await local.submit(asked);
    const owner = await gateway.ok('bjobs', ['-a', '-noheader', '-o', 'user', `${job}`]);
    expect(owner).toBe(`${os.userInfo().username}\n`);
    await expect(anybody.submit(asked)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    local.close();
    anybody.close();
  });

  it('keeps its secrets to itself', () => {
    const mode = (name: string) => fs.statSync(path.join(gateway.state, name)).mode & 0o777;
    const isRoot = process.geteuid?.() === 0;
    expect(mode('')).toBe(isRoot ? 0o711 : 0o700);
    expect(mode('spillwayd.sock')).toBe(isRoot ? 0o666 : 0o600);
    expect(mode('grpc.sock')).toBe(isRoot ? 0o666 : 0o600);
    expect(['spillway.db', 'agent.sock', 'agent.log'].map(mode)).toEqual([0o600, 0o600, 0o600]);
  });

  it('has the directory for itself: a second one says who holds it', () => {
    const { stdout, stderr, status } = daemon('--state-dir', gateway.state);
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
    expect(stderr).toBe(
      `spillwayd: ${gateway.state}/lock is held by process ${gateway.daemonPid}: one gateway a directory\n`,
    );
    expect(endpoints().socket).toBe(gateway.socket);
  });
});

describe('a gateway does not start', () => {
  const state = () => path.join(gateway.directory, 'other');

  it('with a setting that is none, and says what may have been meant', () => {
    const { stderr, status } = daemon('--state-dri', state());
    expect(status).toBe(2);
    expect(stderr).toMatch(/^spillwayd: --state-dri: no such flag; did you mean --state-dir\?$/m);
  });

  it('without a directory', () => {
    expect(daemon()).toMatchObject({
      stderr: 'spillwayd: stateDirectory must be given: --state-dir DIRECTORY\n',
      status: 2,
    });
  });

  it('on a socket whose path is too long', () => {
    const socket = path.join(state(), 'x'.repeat(108));
    const { stdout, stderr, status } = daemon('--state-dir', state(), '--socket', socket);
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
    expect(stderr).toBe(`spillwayd: the socket's path is longer than 107 bytes: ${socket}\n`);
    expect(gateway.processes(state())).toEqual([]);
  });

  it('on a port that is taken', () => {
    const port = new URL(endpoints().http).port;
    expect(daemon('--state-dir', state(), '--http-port', port)).toMatchObject({
      stderr: `spillwayd: cannot listen on 127.0.0.1:${port}\n`,
      status: 1,
    });
    expect(gateway.processes(state())).toEqual([]);
  });

  it('where instances are to be bought, as it cannot buy any', () => {
    const file = path.join(gateway.directory, 'cloud.yaml');
    fs.writeFileSync(file, 'environments:\n  - name: cloud\n    type: ec2\n');
    const { stderr, status } = daemon('--state-dir', state(), '--config', file);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'spillwayd: environments: cloud is of type ec2, and this release buys no instances\n',
    );
  });

  it('to say what it is, how it is called, or where its settings come from', () => {
    const unmade = path.join(gateway.directory, 'unmade');
    expect(daemon('--version')).toMatchObject({
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      status: 0,
    });
    expect(daemon('--help')).toMatchObject({
      stdout: expect.stringContaining('--state-dir'),
      status: 0,
    });
    const { stdout, status } = daemon('--state-dir', unmade, '--explain-config');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^minJobAge: 300s {2}\(default\)$/m);
    expect(fs.existsSync(unmade)).toBe(false);
  });
});

describe('a gateway that greets', () => {
  it('says on stderr what to type next, and stops at the first signal', async () => {
    const state = path.join(gateway.directory, 'greets');
    const child = spawn(process.execPath, [DAEMON, '--state-dir', state, '--greet']);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await gateway.until(() => stderr.includes('AWS Batch'));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toContain(`SPILLWAY_SOCKET="${state}/spillwayd.sock"`);
    expect(gateway.processes(state)).toEqual([]);
  });
});

describeWith('systemd-notify', 'python3')('a service manager', () => {
  it('hears that the gateway is ready', async () => {
    const state = path.join(gateway.directory, 'service');
    const socket = path.join(gateway.directory, 'notify');
    const listen = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
print(s.recv(4096).decode(), flush=True)
`;
    const listener = spawn('python3', ['-c', listen, socket]);
    let heard = '';
    listener.stdout.on('data', (bytes: Buffer) => (heard += bytes.toString()));
    await gateway.until(() => heard.startsWith('bound\n'));
    const child = spawn(process.execPath, [DAEMON, '--state-dir', state], {
      env: { ...process.env, NOTIFY_SOCKET: socket },
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await gateway.until(() => heard.includes('READY=1'));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

function endpoints(): Endpoints {
  return JSON.parse(fs.readFileSync(path.join(gateway.state, 'endpoints.json'), 'utf8'));
}
