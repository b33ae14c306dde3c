// Needs root: jobs of several users, whose paths, environments and processes must reach nothing
// that is root's or another user's, and limits that only root's control groups can hold.
// Users need no entry in /etc/passwd here: the launcher is given numbers.

import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LaunchSpec } from '../../../src/execution/launcher/wire.ts';
import { describeAsRoot, describeWith } from '../../support/conditions.ts';
import { availableDrivers, LauncherUnderTest } from '../../support/launcher.ts';

const ALICE = { uid: 7001, gid: 7001, groups: [7001, 7100, 7101] };
const BOB = { uid: 7002, gid: 7002, groups: [7002, 7100] };
const EACCES = 13;

describeAsRoot('a launcher of root', () => {
  let launcher: LauncherUnderTest;
  beforeAll(async () => {
    launcher = await LauncherUnderTest.open();
    for (const user of [ALICE, BOB]) {
      fs.mkdirSync(home(user));
      fs.chownSync(home(user), user.uid, user.gid);
    }
    fs.writeFileSync(secret(), 'root only\n', { mode: 0o600 });
  }, 60_000);
  afterAll(() => launcher.close());

  const home = (user: { uid: number }): string => path.join(launcher.directory, `home-${user.uid}`);
  const secret = (): string => path.join(launcher.directory, 'secret');
  const runAs = (user: typeof ALICE, text: string, more: Partial<LaunchSpec> = {}) =>
    launcher.run(text, { ...user, stdout: path.join(home(user), 'out'), cwd: home(user), ...more });
  const out = (user: typeof ALICE): string =>
    fs.readFileSync(path.join(home(user), 'out'), 'latin1');

  describe('the identity of a job', () => {
    it('is the user with all groups, no capabilities and no way back', async () => {
      const end = await runAs(
        ALICE,
        "id -u; id -g; id -G; grep -E '^(Uid|Gid|Cap(Eff|Prm|Inh|Amb))' /proc/self/status | cut -f2-",
      );
      expect(end.outcome).toEqual({ kind: 'exited', code: 0 });
      const none = '0000000000000000';
      const ids = '7001\t7001\t7001\t7001';
      expect(out(ALICE)).toBe(
        `7001\n7001\n7001 7100 7101\n${ids}\n${ids}\n${none}\n${none}\n${none}\n${none}\n`,
      );
      expect(fs.statSync(path.join(home(ALICE), 'out'))).toMatchObject({ uid: 7001, gid: 7001 });
    });

    it('holds for output that only a supplementary group lets it write', async () => {
      const shared = path.join(launcher.directory, 'shared');
      fs.mkdirSync(shared);
      fs.chownSync(shared, 0, 7101);
      fs.chmodSync(shared, 0o770);
      const stdout = path.join(shared, 'out');
      expect((await runAs(ALICE, 'echo x', { stdout })).outcome).toEqual({
        kind: 'exited',
        code: 0,
      });
      const refused = await runAs(BOB, 'echo x', { stdout: `${stdout}.bob` });
      expect(refused.outcome).toMatchObject({ kind: 'notStarted', step: 'stdout', errno: EACCES });
    });

    it('may be root itself, which may make control groups inside its own', async () => {
      const own = path.join(launcher.cgroups.roots.tree?.path ?? '', '$(basename $(dirname $0))');
      const end = await launcher.run(
        `sleep 1000 & mkdir -p ${own}/inner/most && echo $! > ${own}/inner/most/cgroup.procs && echo made`,
      );
      expect(launcher.output(end)).toBe('made\n');
      expect(end.unkillable).toBe(false);
    });

    it('may be root', async () => {
      const end = await launcher.run('id -u');
      expect(launcher.output(end)).toBe('0\n');
    });
  });

  describe('a path that the user steers', () => {
    it('to a file of root is refused and leaves it as it was', async () => {
      const link = path.join(home(ALICE), 'link');
      fs.symlinkSync(secret(), link);
      for (const appendStdout of [false, true]) {
        const end = await runAs(ALICE, 'echo evil', { stdout: link, appendStdout });
        expect(end.outcome).toEqual({
          kind: 'notStarted',
          step: 'stdout',
          errno: EACCES,
          path: link,
        });
      }
      const read = await runAs(ALICE, 'cat', { stdin: secret() });
      expect(read.outcome).toMatchObject({ kind: 'notStarted', step: 'stdin', errno: EACCES });
      expect(fs.readFileSync(secret(), 'latin1')).toBe('root only\n');
    });

    it('and swaps in a loop never reaches a file of root', async () => {
      const target = path.join(home(ALICE), 'swapped');
      const racer = spawn(
        'sh',
        [
          '-c',
          `while :; do ln -sfn ${secret()} ${target}; rm -f ${target}; : > ${target}; rm -f ${target}; done`,
        ],
        { uid: 7001, gid: 7001, stdio: 'ignore' },
      );
      const ends = await Promise.all(
        Array.from({ length: 100 }, () =>
          runAs(ALICE, 'echo evil', { stdout: target, holdForReport: true }),
        ),
      );
      for (const end of ends.filter(({ holdsOutput }) => holdsOutput))
        await launcher.client.append(end, Buffer.from('report'));
      racer.kill('SIGKILL');
      expect(fs.readFileSync(secret(), 'latin1')).toBe('root only\n');
      expect(fs.statSync(secret())).toMatchObject({ uid: 0, mode: 0o100600 });
    }, 60_000);

    it('to a directory that only root may enter is refused', async () => {
      const shut = path.join(launcher.directory, 'shut');
      fs.mkdirSync(shut, { mode: 0o700 });
      const end = await runAs(ALICE, 'pwd', { cwd: shut });
      expect(end.outcome).toEqual({ kind: 'notStarted', step: 'cwd', errno: EACCES, path: shut });
    });
  });

  describe('the attempt directory', () => {
    it('lets its user read his script and change nothing', async () => {
      const text = `d=$(dirname "$0"); cat "$0" > /dev/null || exit 2
        for f in spec claim; do cat $d/$f 2>/dev/null && exit 3; rm -f $d/$f 2>/dev/null && exit 4; mv $d/$f $d/x 2>/dev/null && exit 5; done
        ln -s /etc/passwd $d/exit 2>/dev/null && exit 6; rm -f $0 2>/dev/null && exit 7; mv $d $d.x 2>/dev/null && exit 8; ls $d 2>/dev/null && exit 9; exit 0`;
      expect((await runAs(ALICE, text)).outcome).toEqual({ kind: 'exited', code: 0 });
    });

    it('shows another user nothing, not even the script', async () => {
      const alices = await runAs(ALICE, 'exit 0');
      const directory = path.join(launcher.runDirectory, `${alices.job}.0`);
      const text = `for f in slurm_script spec claim exit; do cat ${directory}/$f 2>/dev/null && exit 3; done; exit 0`;
      expect((await runAs(BOB, text)).outcome).toEqual({ kind: 'exited', code: 0 });
      expect(fs.readdirSync(directory).sort()).toEqual(['claim', 'exit', 'slurm_script', 'spec']);
    });

    it('is no way to speak to the launcher', async () => {
      const python = `import socket,sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
try: s.sendto(b'x', '${launcher.runDirectory}/launcher.sock'); sys.exit(3)
except PermissionError: sys.exit(0)`;
      const program = { kind: 'command' as const, arguments: ['python3', '-c', python] };
      expect((await runAs(ALICE, '', { program })).outcome).toEqual({ kind: 'exited', code: 0 });
    });

    it('is used again for another user with nothing of the first in it', async () => {
      const first = await runAs(ALICE, 'echo x', { spoolOutput: true });
      launcher.client.forget([first]);
      await launcher.until(
        () => !fs.existsSync(path.join(launcher.runDirectory, `${first.job}.0`)),
      );
      const second = await runAs(BOB, 'exit 0', {
        program: { kind: 'command', arguments: ['true'] },
      });
      const directory = path.join(launcher.runDirectory, `${second.job}.0`);
      expect(fs.readdirSync(directory).sort()).toEqual(['claim', 'exit', 'spec']);
      expect(fs.statSync(path.join(directory, 'spec'))).toMatchObject({ uid: 0, mode: 0o100600 });
    });
  });

  it("keeps the user's environment from every process of root", async () => {
    const canary = path.join(launcher.directory, 'canary.so');
    const trace = path.join(launcher.directory, 'trace');
    const source = `#include <stdio.h>\n#include <unistd.h>\n__attribute__((constructor)) static void sing(void) {
      FILE *f = fopen("${trace}", "a"); if (f) { fprintf(f, "%d\\n", (int)geteuid()); fclose(f); } }`;
    fs.writeFileSync(`${canary}.c`, source);
    execFileSync('cc', ['-shared', '-fPIC', '-o', canary, `${canary}.c`]);
    fs.writeFileSync(trace, '', { mode: 0o666 });
    fs.chmodSync(trace, 0o666);
    const evil = ['LD_PRELOAD', 'BASH_ENV', 'ENV', 'LD_AUDIT', 'NODE_OPTIONS', 'IFS'].map(
      (name) => `${name}=${canary}`,
    );
    const environment = ['PATH=/usr/bin:/bin', ...evil, 'BASH_FUNC_id%%=() { :; }'];
    const end = await runAs(ALICE, '/bin/true; /usr/bin/env | grep -c canary', { environment });
    const sung = fs.readFileSync(trace, 'latin1').split('\n').filter(Boolean);
    expect(end.outcome.kind).toBe('exited');
    expect(sung.length).toBeGreaterThan(0);
    expect(sung.filter((uid) => uid !== '7001')).toEqual([]);
  });

  describe('a limit', () => {
    const hog = `python3 -c 'b = bytearray(200 << 20); print(len(b))'`;

    it('of memory ends what goes beyond it and is counted, even if the script ends with 0', async () => {
      const end = await runAs(ALICE, `${hog}; exit 0`, { memoryLimitBytes: 64 << 20 });
      expect(end.outcome).toEqual({ kind: 'exited', code: 0 });
      expect(end.oomKills).toBeGreaterThan(0);
      expect(end.peakMemoryBytes).toBeGreaterThan(32 << 20);
      expect(end.peakMemoryBytes).toBeLessThanOrEqual(65 << 20);
      const free = await runAs(ALICE, hog, { memoryLimitBytes: 400 << 20 });
      expect(free).toMatchObject({ outcome: { kind: 'exited', code: 0 }, oomKills: 0 });
    });

    it('of processes holds a fork bomb, and others start meanwhile', async () => {
      const python = `import os, time
while True:
  try: os.fork()
  except OSError: time.sleep(0.01)`;
      const bomb = launcher.spec('', {
        program: { kind: 'command', arguments: ['python3', '-c', python] },
        ...ALICE,
        stdout: path.join(home(ALICE), 'bomb'),
        cwd: home(ALICE),
        processLimit: 30,
      });
      launcher.client.launch(bomb);
      const tree = path.join(
        launcher.cgroups.roots.tree?.path ?? '',
        `${bomb.job}.0`,
        'cgroup.procs',
      );
      await launcher.until(
        () => fs.existsSync(tree) && fs.readFileSync(tree, 'latin1').split('\n').length > 25,
      );
      expect((await runAs(BOB, 'exit 3')).outcome).toEqual({ kind: 'exited', code: 3 });
      await launcher.client.signal(bomb, [{ afterMs: 0, signal: 9, scope: 'tree', cause: 2 }]);
      expect(await launcher.end(bomb)).toMatchObject({ outcome: { kind: 'signaled', signal: 9 } });
    });
  });
});

describeAsRoot('a job that cannot be killed', () => {
  it('is told of after the limit while others go on, and ends when it can', async () => {
    const drivers = await availableDrivers();
    const v1 = drivers.find(({ name }) => name.endsWith('(v1)'));
    if (!v1) return expect(drivers.map(({ name }) => name).join()).not.toContain('hybrid');
    const launcher = await LauncherUnderTest.open({ cgroups: v1.open });
    const root = launcher.cgroups.roots.tree?.path ?? '';
    const freezer = path.join(root, 'freezer.state');
    const spec = launcher.spec('echo up; sleep 1000', { unkillableAfterMs: 300 });
    launcher.client.launch(spec);
    await launcher.until(
      () => fs.existsSync(launcher.path(spec)) && launcher.output(spec) === 'up\n',
    );
    fs.writeFileSync(freezer, 'FROZEN');
    try {
      await launcher.client.signal(spec, [{ afterMs: 0, signal: 9, scope: 'tree', cause: 2 }]);
      const news = await launcher.event(({ kind }) => kind === 'unkillable');
      expect(news.name).toBe(`${spec.job}.0`);
      expect(launcher.outcome(spec)).toBeUndefined();
    } finally {
      fs.writeFileSync(freezer, 'THAWED');
    }
    expect(await launcher.end(spec)).toMatchObject({
      unkillable: true,
      cause: 2,
      outcome: { kind: 'signaled', signal: 9 },
    });
    await launcher.close();
  });
});

describeWith('unshare')('the users of the node', () => {
  it('are found with all their groups by the name service of the moment', () => {
    const directory = fs.mkdtempSync('/tmp/names-');
    const passwd = `${fs.readFileSync('/etc/passwd', 'latin1')}\nalice:x:7001:7001::/tmp:/bin/sh\nbob:x:7002:7002::/tmp:/bin/sh\n`;
    const many = Array.from({ length: 400 }, (_, i) => `many${i}:x:${8000 + i}:alice\n`).join('');
    const group = `${fs.readFileSync('/etc/group', 'latin1')}\nalice:x:7001:\nproject:x:7100:alice,bob\n${many}`;
    fs.writeFileSync(path.join(directory, 'passwd'), passwd, 'latin1');
    fs.writeFileSync(path.join(directory, 'group'), group, 'latin1');
    const module = path.resolve(
      import.meta.dirname,
      '../../../dist/execution/agent/name-service.js',
    );
    const program = `import(${JSON.stringify(module)}).then(async ({ systemNameService }) => {
      const service = systemNameService();
      console.log(JSON.stringify([await service.byName('alice'), await service.byUid(7002)])); })`;
    const script =
      'mount --bind $0/passwd /etc/passwd && mount --bind $0/group /etc/group && exec "$1" -e "$2"';
    const command = ['--mount', 'sh', '-c', script, directory, process.execPath, program];
    const [alice, bob] = JSON.parse(execFileSync('unshare', command, { encoding: 'utf8' }));
    fs.rmSync(directory, { recursive: true });
    expect(alice).toMatchObject({ name: 'alice', uid: 7001, gid: 7001 });
    expect(alice.groups).toHaveLength(402);
    expect(bob).toMatchObject({ name: 'bob', uid: 7002, gid: 7002, groups: [7002, 7100] });
  });
});
