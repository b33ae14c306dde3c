// Frames that no client of ours would send: damaged, cut, random. The launcher, built under the
// sanitizers, refuses or ignores them and goes on; only a length that cannot be ends it, as the
// stream is lost then. Everything runs as nobody from a directory that does not exist, so that a
// damaged launch that is still readable does no harm.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { decodeFrame, FrameSplitter } from '../../src/execution/launcher/frame-reader.ts';
import {
  encodeForget,
  encodeLaunch,
  encodeOrder,
  type LauncherFrame,
  type LaunchSpec,
} from '../../src/execution/launcher/wire.ts';
import { isRoot } from '../support/conditions.ts';
import { buildLauncher } from '../support/launcher.ts';

const EINVAL = 22;
const EPERM = 1;
const uid = isRoot ? 65534 : (process.getuid?.() ?? 0);
const spec: LaunchSpec = {
  job: 1,
  attempt: 0,
  uid,
  gid: isRoot ? 65534 : (process.getgid?.() ?? 0),
  groups: [1, 2],
  umask: 0,
  softLimits: { core: 0 },
  cwd: '/nonexistent',
  stdin: '/dev/null',
  program: { kind: 'script', fileName: 'job', text: 'exit', arguments: ['a'] },
  environment: ['A=b', 'C=d'],
  pidVariables: ['P'],
  directoryNote: ['a', 'b'],
  plan: [{ afterMs: 10, signal: 15, scope: 'tree', cause: 1 }],
};

class RawLauncher {
  readonly directory = mkdtempSync(join(tmpdir(), 'launcher-frames-'));
  readonly frames: LauncherFrame[] = [];
  readonly child: ChildProcess;
  said = '';
  ended = false;

  constructor(program: string, asUid?: number) {
    chmodSync(this.directory, 0o777);
    const log = `log_path=${join(this.directory, 'sanitizer')}`;
    const env = { ASAN_OPTIONS: log, UBSAN_OPTIONS: log };
    const identity = asUid === undefined ? {} : { uid: asUid, gid: asUid };
    this.child = spawn(program, [this.directory], { stdio: 'pipe', env, ...identity });
    const splitter = new FrameSplitter();
    this.child.stdout?.on('data', (chunk: Buffer) => {
      for (const bytes of splitter.push(chunk)) {
        const frame = decodeFrame(bytes);
        if (frame) this.frames.push(frame);
      }
    });
    this.child.stderr?.on('data', (text: Buffer) => (this.said += text.toString('latin1')));
    this.child.stdin?.on('error', () => {});
    this.child.on('close', () => (this.ended = true));
  }

  write(...frames: Buffer[]): void {
    this.child.stdin?.write(Buffer.concat(frames));
  }

  /** Answers to a well-formed order: all that was written before has been dealt with. */
  async answersAfter(number: number): Promise<boolean> {
    this.write(encodeOrder({ job: 999, attempt: 0 }, number, { kind: 'suspend' }));
    const deadline = performance.now() + 20_000;
    while (performance.now() < deadline && !this.ended) {
      if (this.frames.some((frame) => frame.kind === 'ordered' && frame.number === number))
        return true;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return false;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin?.end();
    if (!this.ended) await closed;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function framed(payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(payload.length);
  return Buffer.concat([head, payload]);
}

describe('a launcher that is sent nonsense', () => {
  let launcher: RawLauncher;
  beforeAll(() => {
    launcher = new RawLauncher(buildLauncher('sanitized'));
  }, 60_000);
  afterAll(() => launcher.close());

  it('refuses a launch cut at any byte, and one with bytes too many', async () => {
    const whole = encodeLaunch(spec, []).subarray(4);
    for (let length = 9; length < whole.length; length++)
      launcher.write(framed(whole.subarray(0, length)));
    launcher.write(framed(Buffer.concat([whole, Buffer.from([0])])));
    expect(await launcher.answersAfter(1)).toBe(true);
    const refused = launcher.frames.filter((frame) => frame.kind === 'refused');
    expect(refused).toHaveLength(whole.length - 9 + 1);
    expect(refused.every((frame) => frame.step === 'spec' && frame.errno === EINVAL)).toBe(true);
  });

  it('survives launches, orders and forgets with damaged bytes', async () => {
    const random = seededRandom(42);
    const originals = [
      encodeLaunch(spec, []),
      encodeLaunch({ ...spec, program: { kind: 'command', arguments: ['true'] } }, [
        {
          version: 2,
          roles: ['tree'],
          path: '/nonexistent/leaf',
          writes: [{ file: 'a', value: 'b' }],
        },
      ]),
      encodeOrder(spec, 3, { kind: 'signal', plan: spec.plan ?? [] }),
      encodeOrder(spec, 4, { kind: 'append', bytes: Buffer.from('x') }),
      encodeForget([spec, { job: 2, attempt: 0 }]),
    ];
    for (let round = 0; round < 600; round++) {
      const payload = Buffer.from(
        (originals[random.below(originals.length)] as Buffer).subarray(4),
      );
      for (let i = 0; i <= random.below(4); i++)
        payload[1 + random.below(payload.length - 1)] = [0, 1, 255, random.below(256)][
          random.below(4)
        ] as number;
      launcher.write(framed(payload));
    }
    expect(await launcher.answersAfter(5000)).toBe(true);
    expect(launcher.said).toBe('');
  });

  it('survives frames of random bytes and of unknown kinds', async () => {
    const random = seededRandom(43);
    for (let round = 0; round < 300; round++) {
      const payload = Buffer.from(
        Array.from({ length: 1 + random.below(60) }, () => random.below(256)),
      );
      if (payload[0] === 1) payload[0] = 4;
      launcher.write(framed(payload));
    }
    expect(await launcher.answersAfter(5001)).toBe(true);
    expect(launcher.said).not.toMatch(/Sanitizer|runtime error/);
  });

  it('refuses a script name that leads out of the directory or hides one of its files', async () => {
    for (const [i, fileName] of [
      '../x',
      'a/b',
      '..',
      'claim',
      'exit',
      'spec',
      'x'.repeat(300),
    ].entries()) {
      const program = { kind: 'script' as const, fileName, text: '', arguments: [] };
      launcher.write(encodeLaunch({ ...spec, job: 500 + i, program }, []));
    }
    expect(await launcher.answersAfter(5002)).toBe(true);
    const refused = launcher.frames.filter(
      (one) => one.kind === 'refused' && one.job >= 500 && one.job < 510,
    );
    expect(refused).toHaveLength(7);
  });

  it('finds no fault of its own while it does all that', () => {
    const reports = readdirSync(launcher.directory).filter((name) => name.startsWith('sanitizer'));
    expect(reports).toEqual([]);
    expect(launcher.said).not.toMatch(/Sanitizer|runtime error/);
  });

  it('ends with a sentence at a frame of more than 16 MiB', async () => {
    launcher.write(Buffer.from([0, 0, 0, 64]));
    const deadline = performance.now() + 20_000;
    while (!launcher.ended && performance.now() < deadline)
      await new Promise((resolve) => setImmediate(resolve));
    expect(launcher.child.exitCode).toBe(1);
    expect(launcher.said).toMatch(/a frame of \d+ bytes; giving up/);
  });
});

describe('a launcher that is not root', () => {
  it('refuses to run a job as anybody else', async () => {
    const launcher = new RawLauncher(buildLauncher('sanitized'), isRoot ? uid : undefined);
    launcher.write(encodeLaunch({ ...spec, job: 600, uid: 0 }, []));
    launcher.write(encodeLaunch({ ...spec, job: 601 }, []));
    expect(await launcher.answersAfter(1)).toBe(true);
    const [first, second] = launcher.frames.filter((one) => 'job' in one && one.job < 900);
    expect(first).toEqual({
      kind: 'refused',
      job: 600,
      attempt: 0,
      step: 'identity',
      errno: EPERM,
    });
    expect(second).toMatchObject({ kind: 'started', job: 601 });
    await launcher.close();
  });
});
