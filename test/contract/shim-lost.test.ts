// A daemon that goes away in the middle of a command and comes back: the shim repeats the command
// under the same request id, with the same input, and shows nothing twice.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/gateway-error.ts';
import {
  awaitJob,
  command,
  type FileAnswer,
  type Program,
  readFile,
  readStdin,
  write,
} from '../../src/dialects/kit/dialog.ts';
import type { ShimDoor } from '../../src/frontends/shim/door.ts';
import {
  ended,
  makeDoor,
  shimFolder,
  start,
  temporaryFolder,
  until,
  WaitingGateway,
} from '../support/shim-door.ts';

const folder = temporaryFolder();
let sockets = 0;
afterAll(() => fs.rmSync(folder, { recursive: true }));

const bytesOf = (answer: FileAnswer) =>
  answer.kind === 'bytes' ? Buffer.from(answer.bytes).toString('latin1') : answer.kind;

/**
 * Runs `program` in a daemon that stops while it waits, and then in a second one that ends the
 * wait.
 */
async function acrossTwoDaemons(
  programOf: (daemon: number) => Program,
  begin: (socketPath: string) => ReturnType<typeof start>,
) {
  const socketPath = path.join(folder, `s${++sockets}`);
  const gateways = [new WaitingGateway(), new WaitingGateway()] as const;
  const doorOf = (daemon: 0 | 1): ShimDoor =>
    makeDoor(socketPath, { sbatch: programOf(daemon) }, { gateway: gateways[daemon] });
  const first = doorOf(0);
  await first.start();
  const child = begin(socketPath);
  const over = ended(child);
  await until(() => gateways[0].waits.size === 1, 'the first daemon to be asked to wait');
  await first.stop();
  const second = doorOf(1);
  await second.start();
  let isOver = false;
  const result = over.finally(() => {
    isOver = true;
  });
  await until(() => isOver || gateways[1].waits.size === 1, 'the command to be repeated');
  gateways[1].endJobs();
  const answer = await result;
  await second.stop();
  return { ...answer, waitersLeft: gateways[0].waits.size };
}

describe.each(['plain', 'sanitized'] as const)('the %s shim that loses its daemon', (kind) => {
  const shims = shimFolder(kind, folder);
  const sbatch = path.join(shims, 'sbatch');

  it('repeats the command under its request id and shows nothing twice', async () => {
    const ids: string[] = [];
    const program: Program = function* (call) {
      ids.push(call.requestId);
      yield* write('stdout', 'Job <7> is submitted to queue <normal>.\n');
      yield* write('stderr', '<<Waiting for dispatch ...>>\n');
      yield* awaitJob(7 as never, 'ended');
      yield* write('stdout', 'done\n');
      return 3;
    };
    const result = await acrossTwoDaemons(
      () => program,
      (at) => start(at, sbatch),
    );
    expect(result).toMatchObject({
      stdout: 'Job <7> is submitted to queue <normal>.\ndone\n',
      stderr: '<<Waiting for dispatch ...>>\n',
      status: 3,
      waitersLeft: 0,
    });
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('repeats what standard input, a pipe and a file that is gone gave the first time', async () => {
    const script = path.join(folder, `script-${kind}`);
    fs.writeFileSync(script, 'from a file');
    const seen: string[] = [];
    const program: Program = function* () {
      const input = bytesOf(yield* readStdin(4 << 20));
      const file = bytesOf(yield* readFile(script, 1 << 20));
      const pipe = bytesOf(yield* readFile('/dev/fd/9', 1 << 20));
      const missing = (yield* readFile(`${script}-absent`, 10)).kind;
      seen.push([input.length, file, pipe, missing].join(' '));
      fs.rmSync(script, { force: true });
      yield* awaitJob(7 as never, 'ended');
      return 0;
    };
    const words = `echo from a pipe | (exec 9<&0; head -c 3000000 /dev/zero | ${sbatch})`;
    const result = await acrossTwoDaemons(
      () => program,
      (at) => start(at, '/bin/sh', ['-c', words]),
    );
    expect(result).toMatchObject({ stderr: '', status: 0 });
    const expected = '3000000 from a file from a pipe\n failed';
    expect(seen).toEqual([expected, expected]);
  });

  it('says that an answer has changed rather than mix two', async () => {
    const programOf = (daemon: number): Program =>
      function* () {
        yield* write('stdout', daemon === 0 ? 'Job <7>\n' : 'Job <8>\n');
        yield* awaitJob(7 as never, 'ended');
        return 0;
      };
    const result = await acrossTwoDaemons(programOf, (at) => start(at, sbatch));
    expect(result).toMatchObject({
      stdout: 'Job <7>\n',
      stderr:
        'sbatch: error: the connection to the daemon was lost and its answer has changed meanwhile\n',
      status: 1,
    });
  });

  it('does not call a shorter answer the same', async () => {
    const programOf = (daemon: number): Program =>
      function* () {
        if (daemon === 0) {
          yield* write('stdout', 'Job <7>\n');
          yield* awaitJob(7 as never, 'ended');
        }
        return 0;
      };
    const result = await acrossTwoDaemons(programOf, (at) => start(at, sbatch));
    expect(result.stderr).toContain('its answer has changed meanwhile');
    expect(result.status).toBe(1);
  });

  it('gives up where more was sent than it keeps', async () => {
    const program: Program = function* () {
      yield* readStdin(8 << 20);
      yield* awaitJob(7 as never, 'ended');
      return 0;
    };
    const words = `head -c 5000000 /dev/zero | ${sbatch}`;
    const result = await acrossTwoDaemons(
      () => program,
      (at) => start(at, '/bin/sh', ['-c', words]),
    );
    expect(result).toMatchObject({
      stderr: 'sbatch: error: the connection to the daemon was lost\n',
      status: 1,
    });
  });

  it('gives up after the limit when the daemon stays away', async () => {
    const socketPath = path.join(folder, `s${++sockets}`);
    const gateway = new WaitingGateway();
    const program: Program = function* () {
      yield* awaitJob(7 as never, 'ended');
      return 0;
    };
    const door = makeDoor(socketPath, { bsub: program }, { gateway });
    await door.start();
    const env = { SPILLWAY_CONNECT_TIMEOUT: '1' };
    const over = ended(start(socketPath, path.join(shims, 'bsub'), [], { env }));
    await until(() => gateway.waits.size === 1, 'the command to wait');
    await door.stop();
    const { stderr, status } = await over;
    expect(stderr).toBe('Cannot connect to LSF. Please wait ...\n');
    expect(status).toBe(255);
  });

  it('tries again when the engine cannot answer for now', async () => {
    const socketPath = path.join(folder, `s${++sockets}`);
    const gateway = new WaitingGateway();
    let asked = 0;
    const busy = async () => {
      asked += 1;
      if (asked < 3) throw new GatewayError('mailboxFull', 'too busy', { retryable: true });
      return { kind: 'done' } as const;
    };
    Object.assign(gateway, { command: busy });
    const program: Program = function* () {
      yield* command({ kind: 'deleteKey', accessKeyId: 'x' });
      return 0;
    };
    const door = makeDoor(socketPath, { sbatch: program }, { gateway });
    await door.start();
    const result = await ended(start(socketPath, path.join(shims, 'sbatch')));
    expect(result).toMatchObject({ stderr: '', status: 0 });
    expect(asked).toBe(3);
    await door.stop();
  });

  it('ends by Ctrl-C and leaves no waiter behind', async () => {
    const socketPath = path.join(folder, `s${++sockets}`);
    const gateway = new WaitingGateway();
    const program: Program = function* () {
      yield* write('stdout', 'Submitted batch job 7\n');
      yield* awaitJob(7 as never, 'ended');
      return 0;
    };
    const door = makeDoor(socketPath, { sbatch: program }, { gateway });
    await door.start();
    const child = start(socketPath, path.join(shims, 'sbatch'), ['--wait']);
    let shown = '';
    child.stdout?.on('data', (chunk) => {
      shown += chunk;
    });
    const over = ended(child);
    await until(() => gateway.waits.size === 1 && shown !== '', 'the command to wait');
    child.kill('SIGINT');
    expect(await over).toMatchObject({ stdout: 'Submitted batch job 7\n', signal: 'SIGINT' });
    await until(() => gateway.waits.size === 0, 'the wait to be given up');
    await door.stop();
  });
});

describe('a door that closes', () => {
  it('lets a command under way finish and takes no other', async () => {
    const socketPath = path.join(folder, `s${++sockets}`);
    const gateway = new WaitingGateway();
    let answer: (() => void) | undefined;
    const slow = () =>
      new Promise((resolve) => {
        answer = () => resolve({ kind: 'done' });
      });
    Object.assign(gateway, { command: slow });
    const program: Program = function* () {
      yield* command({ kind: 'deleteKey', accessKeyId: 'x' });
      yield* write('stdout', 'done\n');
      return 0;
    };
    const door = makeDoor(socketPath, { sbatch: program }, { gateway });
    await door.start();
    const over = ended(start(socketPath, path.join(folder, 'plain', 'sbatch')));
    await until(() => answer !== undefined, 'the command to be under way');
    const stopped = door.stop();
    answer?.();
    await stopped;
    expect(await over).toMatchObject({ stdout: 'done\n', status: 0 });
    expect(fs.existsSync(socketPath)).toBe(false);
    await door.stop();
  });

  it('has its socket open to all or to its user alone, and replaces one that was left', async () => {
    const socketPath = path.join(folder, `s${++sockets}`);
    fs.writeFileSync(socketPath, '');
    for (const socketMode of [0o600, 0o666]) {
      const door = makeDoor(socketPath, {}, {}, { socketMode });
      await door.start();
      expect(fs.statSync(socketPath).mode & 0o777).toBe(socketMode);
      await door.stop();
    }
    expect(execFileSync('sh', ['-c', 'umask']).toString()).toBe(
      `0${process.umask().toString(8).padStart(3, '0')}\n`,
    );
  });
});
