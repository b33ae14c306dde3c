// Peers that break the rules. The real shim against a daemon of the test's own that traps signals,
// goes raw, or talks nonsense; the real door against clients that trickle, flood or lie.

import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Program, readFile, readStdin, write } from '../../src/dialects/kit/dialog.ts';
import {
  exitFrame,
  FrameReader,
  needFileFrame,
  needStdinFrame,
  outputFrames,
  printFileFrame,
  rawFrame,
  trapFrame,
  type UpFrame,
} from '../../src/frontends/shim/frames.ts';
import {
  connectRaw,
  ended,
  makeDoor,
  shimFolder,
  start,
  temporaryFolder,
  until,
} from '../support/shim-door.ts';
import { encodeHello, upFrame } from '../support/shim-frames.ts';

const folder = temporaryFolder();
let sockets = 0;
const open: net.Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A daemon that hands every frame of every connection to `answer`. */
async function serve(answer: (frame: UpFrame, socket: net.Socket) => void): Promise<string> {
  const socketPath = path.join(folder, `h${++sockets}`);
  const server = net.createServer((socket) => {
    const frames = new FrameReader();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      frames.push(chunk);
      for (let f = frames.next(); f !== undefined; f = frames.next()) answer(f, socket);
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return socketPath;
}

describe.each(['plain', 'sanitized'] as const)('the %s shim', (kind) => {
  const shims = shimFolder(kind, folder);
  const sbatch = path.join(shims, 'sbatch');

  it('sends the signals that the daemon asked for instead of dying of them', async () => {
    const seen: number[] = [];
    const socketPath = await serve((frame, socket) => {
      if (frame.kind === 'hello')
        socket.write(Buffer.concat([trapFrame([2, 15]), ...outputFrames('stdout', '.')]));
      if (frame.kind === 'signal') {
        seen.push(frame.signal);
        if (frame.signal === 15) socket.write(exitFrame({ code: 9 }));
        else socket.write(Buffer.concat(outputFrames('stdout', '!')));
      }
    });
    const child = start(socketPath, sbatch);
    let shown = '';
    child.stdout?.on('data', (chunk) => {
      shown += chunk;
    });
    const over = ended(child);
    await until(() => shown === '.', 'the trap to be set');
    child.kill('SIGINT');
    await until(() => shown === '.!', 'the answer to the signal');
    child.kill('SIGTERM');
    expect(await over).toMatchObject({ status: 9, signal: null });
    expect(seen).toEqual([2, 15]);
  });

  it('dies of a trapped signal after all when the daemon heeds none', async () => {
    let signals = 0;
    const socketPath = await serve((frame, socket) => {
      if (frame.kind === 'hello')
        socket.write(Buffer.concat([trapFrame([2]), ...outputFrames('stdout', '.')]));
      if (frame.kind === 'signal') signals += 1;
    });
    const child = start(socketPath, sbatch);
    let shown = '';
    child.stdout?.on('data', (chunk) => {
      shown += chunk;
    });
    const over = ended(child);
    await until(() => shown === '.', 'the trap to be set');
    for (let sent = 1; sent <= 3; sent++) {
      child.kill('SIGINT');
      await until(() => signals === sent, `signal ${sent}`);
    }
    child.kill('SIGINT');
    expect((await over).signal).toBe('SIGINT');
  });

  it('dies of a trapped signal while no daemon is there', async () => {
    const socketPath = await serve((frame, socket) => {
      if (frame.kind !== 'hello') return;
      socket.end(Buffer.concat([trapFrame([2]), ...outputFrames('stdout', '.')]));
      for (const server of open.splice(0)) server.close();
    });
    const child = start(socketPath, path.join(shims, 'bjobs'));
    let complaint = '';
    child.stderr?.on('data', (chunk) => {
      complaint += chunk;
    });
    const over = ended(child);
    await until(() => complaint !== '', 'the daemon to be missed');
    child.kill('SIGINT');
    expect((await over).signal).toBe('SIGINT');
  });

  it('ends by the signal that the daemon names', async () => {
    const socketPath = await serve((_frame, socket) => socket.end(exitFrame({ signal: 15 })));
    expect(await ended(start(socketPath, sbatch))).toMatchObject({ signal: 'SIGTERM' });
  });

  it('makes the terminal raw and puts it back, however it ends', async () => {
    for (const how of ['exit', 'signal'] as const) {
      const got: string[] = [];
      let pid = 0;
      const socketPath = await serve((frame, socket) => {
        if (frame.kind === 'hello') {
          pid = Number(/PID=(\d+)/.exec(Buffer.from(frame.hello.environmentBytes).toString())?.[1]);
          expect(frame.hello.terminal).toEqual({ rows: 7, columns: 70 });
          expect(frame.hello.isTerminal).toEqual([true, true, true]);
          socket.write(
            Buffer.concat([rawFrame(true), needStdinFrame(9), ...outputFrames('stdout', 'RAW')]),
          );
        }
        if (frame.kind !== 'input') return;
        got.push(frame.bytes.toString('latin1'));
        if (how === 'exit') socket.end(exitFrame({ code: 4 }));
        else process.kill(pid, 'SIGTERM');
      });
      const inside = `sh -c 'PID=$$ exec ${sbatch}'; echo "=$?"`;
      const script = `stty rows 7 cols 70; stty -g; ${inside}; stty -g`;
      const child = start(socketPath, 'script', ['-qec', script, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let shown = '';
      child.stdout?.on('data', (chunk) => {
        shown += chunk;
      });
      const over = ended(child);
      await until(() => shown.includes('RAW'), 'raw mode');
      child.stdin?.write('\u0003');
      const { stdout } = await over;
      expect(got).toEqual(['\u0003']);
      const [before = '', after = ''] = stdout.split(/RAW.*=\d+\r\n/s);
      expect(stdout).toContain(how === 'exit' ? '=4' : '=143');
      expect(after.trim()).not.toBe('');
      expect(before.trim()).toBe(after.trim());
    }
  });

  it.each([
    ['a frame that is too long', Buffer.from('0001000142', 'hex')],
    ['an unknown frame', Buffer.from('0000000001', 'hex')],
    ['an exit without a status', Buffer.from('0000000049', 'hex')],
    ['no bytes of input', needStdinFrame(0)],
    ['input twice', Buffer.concat([needStdinFrame(5), needStdinFrame(5)])],
    ['a file of no bytes', needFileFrame('/etc/passwd', 0)],
    ['a file of 4 GB', needFileFrame('/etc/passwd', 0xffffffff)],
    ['a file without a name', needFileFrame('', 5)],
    ['a name with a NUL', needFileFrame('/etc\0/passwd', 5)],
    ['a name of 4096 bytes', needFileFrame('x'.repeat(4096), 5)],
    ['a file to print without a name', printFileFrame('', false)],
    ['SIGKILL to be caught', trapFrame([9])],
    ['signal 200 to be caught', trapFrame([200])],
  ])('ends in a sentence when the daemon sends %s', async (_what, bytes) => {
    const socketPath = await serve((frame, socket) => {
      if (frame.kind === 'hello') socket.write(bytes);
    });
    const child = start(socketPath, sbatch, [], { stdio: ['pipe', 'pipe', 'pipe'] });
    const { stderr, status } = await ended(child);
    expect(stderr).toMatch(/^sbatch: error: the daemon [a-z ,]+\n$/);
    expect(status).toBe(1);
  });
});

describe('the sanitized shim', () => {
  it('survives whatever a daemon sends', { timeout: 60_000 }, async () => {
    const sbatch = path.join(folder, 'sanitized', 'sbatch');
    let reply = Buffer.alloc(0);
    const socketPath = await serve((frame, socket) => {
      if (frame.kind === 'hello') socket.end(reply);
    });
    const types = fc.oneof(fc.integer({ min: 65, max: 74 }), fc.nat(255));
    const frames = fc.array(fc.tuple(types, fc.uint8Array({ maxLength: 12 })), { maxLength: 6 });
    const bytes = frames.map((each) =>
      Buffer.concat(each.map(([type, payload]) => upFrame(type, Buffer.from(payload)))),
    );
    const anything = fc.oneof(bytes, fc.uint8Array({ maxLength: 200 }));
    await fc.assert(
      fc.asyncProperty(anything, async (sent) => {
        reply = Buffer.from(sent);
        const env = { SPILLWAY_CONNECT_TIMEOUT: '0' };
        const child = start(socketPath, sbatch, [], { env, cwd: folder });
        const deadline = setTimeout(() => child.kill('SIGKILL'), 5000);
        const { stderr, signal } = await ended(child);
        clearTimeout(deadline);
        expect(stderr).not.toMatch(/Sanitizer|runtime error/);
        expect(['SIGKILL', 'SIGSEGV', 'SIGBUS', 'SIGABRT']).not.toContain(signal);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the door', () => {
  const asks: Record<string, Program> = {
    *sbatch() {
      const answer = yield* readStdin(10);
      yield* write('stdout', answer.kind);
      return 0;
    },
    *scancel() {
      yield* readFile('x', 10);
      return 0;
    },
  };
  const input = (size: number) => upFrame(2, Buffer.alloc(size));
  const file = (size: number) => upFrame(4, Buffer.alloc(size));
  const end = (type: number) => upFrame(type, Buffer.from('0000000000', 'hex'));

  it.each([
    ['a frame before Hello', [file(1)]],
    ['Hello twice', [Buffer.concat([encodeHello(), encodeHello()])]],
    ['input before it was asked for', [Buffer.concat([encodeHello(), input(1)])]],
    ['more input than was granted', [encodeHello(), input(12)]],
    ['more input than was granted, in pieces', [encodeHello(), input(6), input(6)]],
    ['a file instead of input', [encodeHello(), file(1)]],
    ['the end of a file that nobody asked for', [encodeHello(), end(5)]],
    ['a signal that nobody asked for', [encodeHello(), upFrame(6, Buffer.from([2]))]],
    ['a Hello that claims 4 GB', [Buffer.from('ffffffff01', 'hex')]],
    ['nonsense', [Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
  ])('closes on a client that sends %s, and serves the next', async (_what, [first, ...rest]) => {
    const socketPath = path.join(folder, `d${++sockets}`);
    const door = makeDoor(socketPath, asks);
    await door.start();
    const socket = await connectRaw(socketPath);
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    let answered = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      answered = Buffer.concat([answered, chunk]);
      if (answered.length === needStdinFrame(11).length) socket.write(Buffer.concat(rest));
    });
    socket.write(first ?? '');
    await closed;
    expect(answered.includes(exitFrame({ code: 0 }))).toBe(false);
    const good = await ended(start(socketPath, path.join(folder, 'plain', 'sbatch')));
    expect(good).toMatchObject({ stdout: 'bytes', status: 0 });
    const begun = performance.now();
    await door.stop();
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('tells a client of another version so', async () => {
    const socketPath = path.join(folder, `d${++sockets}`);
    const door = makeDoor(socketPath, asks);
    await door.start();
    const socket = await connectRaw(socketPath);
    socket.write(encodeHello({ version: 9 }));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const words = 'spillway: this command and its daemon are of different versions\n';
    const expected = [...outputFrames('stderr', words), exitFrame({ code: 255 })];
    expect(Buffer.concat(chunks)).toEqual(Buffer.concat(expected));
    await door.stop();
  });

  it('closes on a client that is silent, or slow, before its Hello is whole', async () => {
    const socketPath = path.join(folder, `d${++sockets}`);
    const door = makeDoor(socketPath, asks, {}, { helloLimitMs: 100 });
    await door.start();
    const silent = await connectRaw(socketPath);
    const slow = await connectRaw(socketPath);
    const hello = encodeHello();
    let at = 0;
    const trickle = setInterval(() => slow.write(hello.subarray(at, ++at)), 10);
    slow.on('error', () => {});
    await Promise.all(
      [silent, slow].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    clearInterval(trickle);
    await door.stop();
  });

  it('closes on a client that owes a file and falls silent', async () => {
    const socketPath = path.join(folder, `d${++sockets}`);
    const door = makeDoor(socketPath, asks, {}, { fileLimitMs: 100 });
    await door.start();
    const socket = await connectRaw(socketPath);
    socket.resume().write(encodeHello({ argv: ['scancel'] }));
    await new Promise((resolve) => socket.once('close', resolve));
    await door.stop();
  });

  it('bears so many connections and bytes of one user and no more', async () => {
    const socketPath = path.join(folder, `d${++sockets}`);
    const limits = { connectionsPerUser: 2, bytesPerUser: 10_000 };
    const door = makeDoor(socketPath, asks, {}, limits);
    await door.start();
    const closed = (socket: net.Socket) =>
      new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
    const first = await connectRaw(socketPath);
    const second = await connectRaw(socketPath);
    await closed(await connectRaw(socketPath));
    first.write(encodeHello({ environment: ['A='.padEnd(7000)] }).subarray(0, 7000));
    second.write(encodeHello({ environment: ['A='.padEnd(7000)] }).subarray(0, 7000));
    await Promise.race([closed(first), closed(second)]);
    first.destroy();
    second.destroy();
    const sbatch = path.join(folder, 'plain', 'sbatch');
    const result = await ended(start(socketPath, sbatch));
    expect(result).toMatchObject({ stdout: 'bytes', status: 0 });
    await door.stop();
  });

  it('answers an unknown name and an unwelcome user in a sentence', async () => {
    const socketPath = path.join(folder, `d${++sockets}`);
    const nobody = makeDoor(socketPath, asks, { identify: async () => undefined });
    await nobody.start();
    const sbatch = path.join(folder, 'plain', 'sbatch');
    const refused = await ended(start(socketPath, sbatch));
    const who = `user ${process.getuid?.()}`;
    expect(refused).toMatchObject({
      stderr: `sbatch: ${who} may not use this gateway\n`,
      status: 1,
    });
    await nobody.stop();
    const door = makeDoor(socketPath, asks);
    await door.start();
    const unknown = await ended(start(socketPath, path.join(folder, 'plain', 'bkill')));
    expect(unknown).toMatchObject({ stderr: 'bkill: unknown command\n', status: 255 });
    await door.stop();
  });
});
