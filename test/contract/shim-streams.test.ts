// The real C shim against the real door, with small dialogs in place of the dialects: arguments,
// streams and files as bytes, in both builds of the shim.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Dialog,
  type FileAnswer,
  type Invocation,
  type Program,
  readFile,
  readStdin,
  write,
} from '../../src/dialects/kit/dialog.ts';
import {
  ended,
  KeptLog,
  makeDoor,
  shimFolder,
  start,
  temporaryFolder,
  until,
  WaitingGateway,
} from '../support/shim-door.ts';

const folder = temporaryFolder();
const socketPath = path.join(folder, 's');
const gateway = new WaitingGateway();
const log = new KeptLog();
const absent = path.join(folder, 'absent');
const SCRIPT_LIMIT = 4 * 1024 * 1024;

/** What the last command was called with. */
let called: Invocation | undefined;
/** Slices that the `bjobs` dialog has made. */
let slices = 0;

/** Says what became of a file or of standard input. */
function tell(answer: FileAnswer): string {
  if (answer.kind === 'bytes') return Buffer.from(answer.bytes).toString('latin1');
  return answer.kind === 'failed' ? `errno ${answer.errno}` : 'too large';
}

const programs: Record<string, Program> = {
  *sbatch(call): Dialog {
    called = call;
    yield* write('stdout', 'Submitted batch job 42\n');
    return Number(call.arguments[0] ?? 0);
  },
  *bsub(): Dialog {
    yield* write('stdout', tell(yield* readStdin(SCRIPT_LIMIT)));
    return 0;
  },
  *scancel(call): Dialog {
    const answer = yield* readFile(call.arguments[0] ?? '', SCRIPT_LIMIT);
    yield* write('stderr', tell(answer));
    return 0;
  },
  *squeue(call): Dialog {
    for (let line = 0; line < Number(call.arguments[0]); line++) {
      yield* write('stdout', `${line}`.padStart(99, ' ') + '\n');
    }
    return 0;
  },
  *bjobs(): Dialog {
    for (slices = 0; slices < 1000; slices++) yield* write('stdout', 'x'.repeat(65536));
    return 0;
  },
  *bkill(call): Dialog {
    const follow = call.arguments[1] === undefined ? {} : { follow: 7 as never };
    const answer: Answer = yield { kind: 'printFile', path: call.arguments[0] ?? '', ...follow };
    yield* write('stderr', tell(answer as FileAnswer));
    return 0;
  },
  // biome-ignore lint/correctness/useYield: it fails before it asks for anything
  *sacct(): Dialog {
    throw new Error('a fault for the test');
  },
};

const door = makeDoor(socketPath, programs, { gateway, log });
beforeAll(() => door.start());
afterAll(async () => {
  await door.stop();
  fs.rmSync(folder, { recursive: true });
});

describe.each(['plain', 'sanitized'] as const)('the %s shim', (kind) => {
  const shims = shimFolder(kind, folder);
  const shim = (name: string) => path.join(shims, name);
  const run = (name: string, ...args: string[]) => ended(start(socketPath, shim(name), args));
  const shell = (script: string, options = {}) =>
    ended(start(socketPath, '/bin/sh', ['-c', script], { cwd: shims, ...options }));

  it('prints what the dialect says and exits with its status', async () => {
    expect(await run('sbatch')).toMatchObject({ stdout: 'Submitted batch job 42\n', status: 0 });
    expect(await run('sbatch', '3')).toMatchObject({ status: 3 });
    expect(await run('sbatch', '255')).toMatchObject({ stderr: '', status: 255 });
  });

  it('hands over argv, environment, directory, umask and limits byte by byte', async () => {
    const where = path.join(folder, `${kind} \u00e9`);
    fs.mkdirSync(where);
    const script = `umask 027; ulimit -S -n 77
      X="$(printf '\\377\\n\\001')" exec ${shim('sbatch')} 0 "$(printf 'a\\376b')" '' "*"`;
    await shell(script, { cwd: where, env: { TZ: 'Asia/Tokyo' } });
    expect(called).toMatchObject({
      name: 'sbatch',
      arguments: ['0', 'a\u00feb', '', '*'],
      workingDirectory: Buffer.from(where).toString('latin1'),
      umask: 0o27,
      timeZone: 'Asia/Tokyo',
      terminal: undefined,
      isTerminal: [false, false, false],
    });
    expect(called?.environment.get('X')).toBe('\u00ff\n\u0001');
    expect(called?.resourceLimits['nofile']?.[0]).toBe(77);
    expect(called?.requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(Buffer.from(called?.environmentBytes ?? []).at(-1)).toBe(0);
  });

  it('carries an environment of more than a megabyte', async () => {
    const env: Record<string, string> = {};
    for (let each = 0; each < 12; each++) env[`BIG${each}`] = 'y'.repeat(120_000);
    await ended(start(socketPath, shim('sbatch'), [], { env }));
    expect(called?.environment.get('BIG11')).toHaveLength(120_000);
  });

  it('leaves standard input to the loop around it', async () => {
    const result = await shell(`printf '1\\n2\\n3\\n' | while read each; do ./sbatch; done`);
    expect(result.stdout).toBe('Submitted batch job 42\n'.repeat(3));
  });

  it('reads standard input whole when it is asked for', async () => {
    const bytes = path.join(folder, `${kind}-input`);
    const content = Buffer.alloc(300_001, Buffer.from('\u0000\u00ffabc\n', 'latin1'));
    fs.writeFileSync(bytes, content);
    expect((await shell(`./bsub < ${bytes}`)).stdout).toBe(content.toString('latin1'));
    expect((await shell(`cat ${bytes} | ./bsub`)).stdout).toBe(content.toString('latin1'));
    expect((await shell(`(echo a; echo b) | ./bsub`)).stdout).toBe('a\nb\n');
    expect((await shell(`./bsub < /dev/null`)).stdout).toBe('');
    expect((await shell(`./bsub <&-`)).stdout).toBe('errno 9');
  });

  it('sends no more of a file than the limit and a byte', async () => {
    const exact = path.join(folder, `${kind}-exact`);
    fs.writeFileSync(exact, Buffer.alloc(SCRIPT_LIMIT, 'a'));
    expect((await run('scancel', exact)).stderr).toHaveLength(SCRIPT_LIMIT);
    const script = path.join(folder, `${kind}-large`);
    fs.writeFileSync(script, Buffer.alloc(10 * 1024 * 1024, 'a'));
    expect((await run('scancel', script)).stderr).toBe('too large');
    expect((await shell(`./bsub < ${script}; head -c 3 | wc -c`)).stdout).toContain('too large');
    expect((await shell(`./bsub < /dev/zero`)).stdout).toBe('too large');
  });

  it('opens files itself and tells why it could not', async () => {
    fs.writeFileSync(path.join(folder, `${kind}-script`), '#!/bin/sh\n');
    const cwd = { cwd: folder };
    const script = `${kind}-script`;
    expect((await shell(`${shim('scancel')} ${script}`, cwd)).stderr).toBe('#!/bin/sh\n');
    expect((await run('scancel', absent)).stderr).toBe('errno 2');
    expect((await run('scancel', folder)).stderr).toBe('errno 21');
    expect((await shell(`echo hi | ./scancel /dev/stdin`)).stderr).toBe('hi\n');
  });

  it('prints long answers whole and in order, to a slow reader too', async () => {
    const { stdout } = await shell('./squeue 20000 | (sleep 0.2; cat)');
    const lines = stdout.split('\n').map(Number);
    expect(lines).toHaveLength(20001);
    expect(lines.every((line, index) => index === 20000 || line === index)).toBe(true);
  });

  it('ends by SIGPIPE like any program, or goes on where that is ignored', async () => {
    expect((await shell('(./squeue 20000; echo $? >&2) | :')).stderr).toBe('141\n');
    const ignored = await shell(`trap '' PIPE; (./squeue 20000; echo $? >&2) | :`);
    expect(ignored.stderr).toBe('0\n');
  });

  it('keeps its status without any standard stream', async () => {
    expect((await shell('./sbatch 5 <&- >&- 2>&-')).status).toBe(5);
    expect((await shell('./sbatch 6 > /dev/full')).status).toBe(6);
  });

  it('prints a file of the user, and follows it until the job has ended', async () => {
    const output = path.join(folder, `${kind}-output`);
    fs.writeFileSync(output, 'first\n');
    expect(await run('bkill', output)).toMatchObject({ stdout: 'first\n', stderr: '' });
    expect(await run('bkill', absent)).toMatchObject({ stdout: '', stderr: 'errno 2' });
    const following = start(socketPath, shim('bkill'), [output, 'follow']);
    let seen = '';
    following.stdout?.on('data', (chunk) => {
      seen += chunk;
    });
    const over = ended(following);
    await until(() => seen === 'first\n', 'the file as it is');
    fs.appendFileSync(output, 'second\n');
    await until(() => seen === 'first\nsecond\n', 'what was added');
    fs.appendFileSync(output, 'third\n');
    gateway.endJobs();
    expect(await over).toMatchObject({ stdout: 'first\nsecond\nthird\n', status: 0 });
  });

  it('says so when a command fails by our fault, once in the log', async () => {
    log.errors.length = 0;
    const result = await run('sacct');
    expect(result).toMatchObject({ stderr: 'sacct: error: Internal error\n', status: 1 });
    expect(log.errors).toHaveLength(1);
    expect(log.errors[0]?.fields).toMatchObject({
      command: 'sacct',
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      error: expect.objectContaining({ message: 'a fault for the test' }),
    });
  });

  it('waits for a reader that rests instead of piling up output', async () => {
    const child = start(socketPath, shim('bjobs'));
    await until(() => slices > 2, 'the first slices');
    await until(() => child.stdout !== null && child.stdout.readableLength > 0, 'some output');
    const other = await run('sbatch');
    expect(other.status).toBe(0);
    expect(slices).toBeLessThan(50);
    const { stdout } = await ended(child);
    expect(stdout).toHaveLength(1000 * 65536);
  });
});

describe('the door', () => {
  const shims = path.join(folder, 'plain');

  it('names the user who connected', async () => {
    await ended(start(socketPath, path.join(shims, 'sbatch')));
    expect(called?.identity.uid).toBe(process.getuid?.());
  });
});
