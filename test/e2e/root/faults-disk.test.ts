// Small and slow disks under a whole gateway: new jobs are refused in words, what runs still gets its
// end written down, questions are answered, and it goes on when there is room.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { doctoredBuild } from '../../support/chaos-build.ts';
import { describeAsRoot, describeWith } from '../../support/conditions.ts';
import { TestGateway } from '../../support/test-gateway.ts';

const ROOM_KEPT = 1_000_000;
const NO_ROOM =
  'sbatch: error: Batch job submission failed: I/O error writing script/environment to file\n';

describeAsRoot('a disk', () => {
  let disk: string;
  let gateway: TestGateway | undefined;
  let remove = (): void => {};

  beforeEach(() => {
    disk = fs.mkdtempSync(path.join(os.tmpdir(), 'disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0755', 'spillway-test', disk]);
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    execFileSync('umount', ['-l', disk]);
    fs.rmdirSync(disk);
    remove();
    remove = () => {};
  });

  /** Takes all room but about `leave` bytes. */
  function fill(leave: number): void {
    const { bavail, bsize } = fs.statfsSync(disk);
    const bytes = Math.max(0, bavail * bsize - leave);
    fs.writeFileSync(path.join(disk, 'filler'), Buffer.alloc(bytes));
  }
  const makeRoom = (): void => fs.rmSync(path.join(disk, 'filler'));
  const submit = (made: TestGateway) => made.run('sbatch', ['-H', '--wrap', 'true']);
  const start = async (build?: string): Promise<TestGateway> => {
    const more = build === undefined ? {} : { build };
    gateway = await TestGateway.start({ state: path.join(disk, 'state'), ...more });
    return gateway;
  };

  it('that is full refuses jobs in words, keeps what ends, and goes on when there is room', async () => {
    const made = await start();
    const wrap = 'while [ ! -e gate ]; do sleep 0.02; done; exit 5';
    const job = await made.submit('sbatch', ['-o', '/dev/null', '--wrap', wrap]);
    await made.untilState(job, 'RUNNING');
    const pid = made.daemonPid;
    fill(ROOM_KEPT);
    await made.until(async () => (await submit(made)).status !== 0);
    expect(await submit(made)).toEqual({ stdout: '', stderr: NO_ROOM, status: 1 });
    expect(await made.run('bsub', ['-H', 'true'])).toEqual({
      stdout: '',
      stderr: 'No space left in the LSF system. Job not submitted.\n',
      status: 255,
    });
    made.touch('gate');
    await made.untilState(job, 'FAILED');
    expect(await made.ok('squeue', ['-h', '-t', 'R'])).toBe('');
    makeRoom();
    await made.until(async () => (await submit(made)).status === 0);
    await made.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
    expect(made.daemonPid).toBe(pid);
  }, 60_000);

  it('control: a daemon that does not look at the room acknowledges', async () => {
    const edit = {
      file: 'engine/loop.js',
      from: 'submits && !this.#parts.store.hasRoom()',
      to: 'false',
    };
    const doctored = doctoredBuild({ edits: [edit] });
    ({ remove } = doctored);
    const made = await start(doctored.dist);
    fill(ROOM_KEPT);
    // The time in which the other one looks at the disk.
    const end = performance.now() + 4_000;
    await made.until(() => performance.now() > end);
    expect((await submit(made)).status).toBe(0);
  }, 60_000);

  it('that is full at the start costs the reserve, or is told in a line; nothing is begun anew', async () => {
    const made = await start();
    for (let count = 0; count < 3; count++) expect((await submit(made)).status).toBe(0);
    await made.endDaemon('SIGTERM');
    fill(0);
    await made.startDaemon();
    expect((await made.ok('squeue', ['-h'])).split('\n')).toHaveLength(4);
    expect((await submit(made)).stderr).toBe(NO_ROOM);
    await made.endDaemon('SIGTERM');
    makeRoom();
    const database = path.join(made.state, 'spillway.db');
    fs.rmSync(path.join(made.state, 'ballast'), { force: true });
    fill(0);
    const before = fs.readFileSync(database);
    await expect(made.startDaemon()).rejects.toThrow(/no room on the disk/);
    expect(fs.readFileSync(database)).toEqual(before);
    makeRoom();
    await made.startDaemon();
    expect((await made.ok('squeue', ['-h'])).split('\n')).toHaveLength(4);
  }, 120_000);

  it("of a user's output that is full fails that job alone", async () => {
    gateway = await TestGateway.start();
    fill(100_000);
    const output = path.join(disk, 'output');
    const words = ['--wait', '-o', output, '--wrap', 'head -c 1000000 /dev/zero'];
    expect((await gateway.run('sbatch', words)).status).toBe(1);
    await gateway.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
    makeRoom();
    await gateway.ok('sbatch', words);
  }, 60_000);

  describeWith('strace')('under strace', () => {
    it('that takes 2 s for every fifth sync holds nobody up who only asks', async () => {
      const inject = 'inject=fsync,fdatasync:delay_exit=2000000:when=5+5';
      const strace = ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null'];
      const under = [...strace, '-e', 'trace=fsync,fdatasync', '-e', inject];
      const made = await TestGateway.start({}, { under });
      gateway = made;
      const { http } = JSON.parse(
        fs.readFileSync(path.join(made.state, 'endpoints.json'), 'utf8'),
      ) as { readonly http: string };
      const submitted = Promise.all(
        Array.from({ length: 20 }, () => made.submit('sbatch', ['-H', '--wrap', 'true'])),
      );
      let slowestMs = 0;
      let isDone = false;
      void submitted.finally(() => (isDone = true));
      await made.until(async () => {
        const began = performance.now();
        expect((await fetch(`${http}/healthz`)).status).toBe(200);
        slowestMs = Math.max(slowestMs, performance.now() - began);
        return isDone;
      });
      expect(new Set(await submitted).size).toBe(20);
      expect(slowestMs).toBeLessThan(1_000);
      // Not to wait for slow syncs at the end.
      for (const pid of made.processes('spillwayd.js')) process.kill(pid, 'SIGKILL');
    }, 60_000);
  });
});
