// What the launcher promises its client, as root and as an ordinary user, with every cgroup driver
// that the machine lets us have. The program is the one built under the sanitizers, so a misuse of
// memory ends it and the test.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanStep } from '../../src/execution/launcher/wire.ts';
import { availableDrivers, LauncherUnderTest } from '../support/launcher.ts';

const ENOENT = 2;
const EACCES = 13;
const EISDIR = 21;
const END_NOW: PlanStep[] = [{ afterMs: 0, signal: 9, scope: 'tree', cause: 2 }];

describe.each(await availableDrivers())('a launcher with $name', ({ open }) => {
  let launcher: LauncherUnderTest;
  beforeAll(async () => {
    launcher = await LauncherUnderTest.open({ cgroups: open });
  }, 60_000);
  afterAll(() => launcher.close());

  describe('the end of an attempt', () => {
    it('has the exit code of the script, its times and its CPU time', async () => {
      const before = Date.now();
      const end = await launcher.run(
        'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 0.1; exit 7',
      );
      expect(end.outcome).toEqual({ kind: 'exited', code: 7 });
      expect(end.startMs).toBeGreaterThanOrEqual(before);
      expect(end.endMs - end.startMs).toBeGreaterThanOrEqual(99);
      expect(end.durationMs).toBeGreaterThanOrEqual(100);
      expect(end.userCpuMs + end.systemCpuMs).toBeGreaterThan(10);
      expect(end.userCpuMs + end.systemCpuMs).toBeLessThan(5000);
      expect(end.peakMemoryBytes).toBeGreaterThan(100_000);
      expect(end).toMatchObject({ cause: 0, lastSignal: 0, oomKills: 0, leftoversKilled: false });
      expect(launcher.said).toEqual([]);
    });

    it('has the signal that ended it', async () => {
      const end = await launcher.run('kill -USR2 $$');
      expect(end.outcome).toEqual({ kind: 'signaled', signal: 12, coreDumped: false });
    });

    it('counts the CPU time of processes that nobody waits for', async () => {
      const spin = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';
      const end = await launcher.run(
        `(setsid sh -c '${spin}; : > spun' &) ; while [ ! -e spun ]; do sleep 0.02; done`,
      );
      expect(end.userCpuMs + end.systemCpuMs).toBeGreaterThan(30);
    });

    it('is told of a hundred attempts launched at once, each once', async () => {
      const specs = Array.from({ length: 100 }, (_, i) => launcher.spec(`exit ${i}`));
      for (const spec of specs) launcher.client.launch(spec);
      const ends = await Promise.all(specs.map((spec) => launcher.end(spec)));
      expect(ends.map(({ outcome }) => outcome)).toEqual(
        specs.map((_, code) => ({ kind: 'exited', code })),
      );
      launcher.client.forget(ends);
      await launcher.until(() => !existsSync(join(launcher.runDirectory, `${specs[0]?.job}.0`)));
      for (const { job } of specs)
        expect(
          launcher.events.filter(({ kind, name }) => kind === 'ended' && name === `${job}.0`),
        ).toHaveLength(1);
    });
  });

  describe('the files of an attempt', () => {
    it('joins stderr with stdout, replaces what was there, and reads from nowhere', async () => {
      const spec = launcher.spec('echo out; echo err >&2; echo "in:$(cat)"');
      writeFileSync(launcher.path(spec), 'a much longer text that was there before\n');
      launcher.client.launch(spec);
      await launcher.end(spec);
      expect(launcher.output(spec)).toBe('out\nerr\nin:\n');
    });

    it('appends where asked, keeps stderr apart, and reads stdin from a file', async () => {
      const input = join(launcher.directory, 'input');
      const stderr = join(launcher.directory, 'stderr');
      writeFileSync(input, 'fed\n');
      writeFileSync(stderr, 'before\n');
      const more = { stdin: input, stderr, appendStdout: true, appendStderr: true };
      const spec = launcher.spec('cat; echo err >&2', more);
      writeFileSync(launcher.path(spec), 'first\n');
      launcher.client.launch(spec);
      await launcher.end(spec);
      expect(launcher.output(spec)).toBe('first\nfed\n');
      expect(readFileSync(stderr, 'latin1')).toBe('before\nerr\n');
    });

    it('spools output that has no file beside the claim, readable by the user', async () => {
      const { stdout: _, ...spec } = launcher.spec(
        'echo spooled; cat <&1 2>/dev/null; ls -l $0 >/dev/null',
      );
      launcher.client.launch({ ...spec, spoolOutput: true });
      const end = await launcher.end(spec);
      expect(end.outcome).toEqual({ kind: 'exited', code: 0 });
      const spool = join(launcher.runDirectory, `${spec.job}.0`, 'output');
      expect(readFileSync(spool, 'latin1')).toBe('spooled\n');
    });

    it('names the file that cannot be opened, and does not make its directory', async () => {
      const stdout = join(launcher.directory, 'missing', 'out');
      const end = await launcher.run('true', { stdout });
      expect(end.outcome).toEqual({
        kind: 'notStarted',
        step: 'stdout',
        errno: ENOENT,
        path: stdout,
      });
      const stderr = launcher.directory;
      const second = await launcher.run('true', { stderr });
      expect(second.outcome).toEqual({
        kind: 'notStarted',
        step: 'stderr',
        errno: EISDIR,
        path: stderr,
      });
    });

    it('fails without its working directory, or goes where it is told to instead', async () => {
      const cwd = join(launcher.directory, 'nowhere');
      const end = await launcher.run('pwd', { cwd });
      expect(end.outcome).toEqual({ kind: 'notStarted', step: 'cwd', errno: ENOENT, path: cwd });
      const second = await launcher.run('pwd', { cwd, fallbackCwd: '/tmp' });
      expect(second).toMatchObject({ outcome: { kind: 'exited', code: 0 }, usedFallbackCwd: true });
      expect(launcher.output(second)).toBe('/tmp\n');
    });

    it('waits for the reader of a FIFO alone: others run, and it can be killed', async () => {
      const { execFileSync } = await import('node:child_process');
      const fifo = join(launcher.directory, `fifo`);
      execFileSync('mkfifo', [fifo]);
      const blocked = launcher.spec('true', { stdout: fifo });
      launcher.client.launch(blocked);
      expect((await launcher.run('exit 3')).outcome).toEqual({ kind: 'exited', code: 3 });
      expect(await launcher.client.signal(blocked, END_NOW)).toBe('delivered');
      const end = await launcher.end(blocked);
      expect(end).toMatchObject({ outcome: { kind: 'signaled', signal: 9 }, cause: 2 });
    });
  });

  describe('the program of an attempt', () => {
    it('is a script whose $0 is its path, with any bytes in arguments and environment', async () => {
      const odd = 'a b\t"\'$x\n\xff\xfe\x01';
      const program = {
        kind: 'script' as const,
        fileName: 'slurm_script',
        text: '#!/bin/sh\necho "$0"; printf %s "$1" "$ODD"; env | grep -c DOUBLE',
        arguments: [odd],
      };
      const environment = [
        'PATH=/usr/bin:/bin',
        `ODD=${odd}`,
        'DOUBLE=1',
        'DOUBLE=2',
        '=x',
        'noequals',
      ];
      const end = await launcher.run('', { program, environment });
      const path = join(launcher.runDirectory, `${end.job}.0`, 'slurm_script');
      expect(launcher.output(end)).toBe(`${path}\n${odd}${odd}1\n`);
    });

    it('is run by sh when the kernel does not know it, with its arguments', async () => {
      const program = {
        kind: 'script' as const,
        fileName: 'job',
        text: 'echo $# $1',
        arguments: ['x', 'y'],
      };
      const end = await launcher.run('', { program });
      expect(launcher.output(end)).toBe('2 x\n');
    });

    it('is found by the PATH of the job', async () => {
      const bin = join(launcher.directory, 'bin');
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, 'mine'), 'echo mine $1', { mode: 0o755 });
      writeFileSync(join(bin, 'shut'), 'echo', { mode: 0o644 });
      const environment = [`PATH=/nowhere:${bin}:/bin`];
      const command = (...words: string[]) => ({ kind: 'command' as const, arguments: words });
      const end = await launcher.run('', { program: command('mine', '7'), environment });
      expect(launcher.output(end)).toBe('mine 7\n');
      const shut = await launcher.run('', { program: command('shut'), environment });
      expect(shut.outcome).toEqual({
        kind: 'notStarted',
        step: 'exec',
        errno: EACCES,
        path: 'shut',
      });
      const gone = await launcher.run('', { program: command('gone'), environment });
      expect(gone.outcome).toEqual({
        kind: 'notStarted',
        step: 'exec',
        errno: ENOENT,
        path: 'gone',
      });
    });

    it('gets two megabytes of environment, and the pid of its first process where asked', async () => {
      const big = Array.from({ length: 20 }, (_, i) => `BIG${i}=${'x'.repeat(100_000)}`);
      const environment = ['PATH=/usr/bin:/bin', ...big];
      const softLimits = { stack: 64 * 1024 * 1024 };
      const spec = { environment, softLimits, pidVariables: ['LS_JOBPID'] };
      const end = await launcher.run('test $LS_JOBPID = $$ && echo ${#BIG19}', spec);
      expect(launcher.output(end)).toBe('100000\n');
    });

    it('starts with default signals, no descriptors but three, a session of its own', async () => {
      const text = `grep -E 'SigBlk|SigIgn' /proc/self/status | cut -f2 | sort -u; ls /proc/self/fd | tr '\\n' ' '
        test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo session; umask`;
      const end = await launcher.run(text, { umask: 0o027 });
      expect(launcher.output(end)).toBe('0000000000000000\n0 1 2 3 session\n0027\n');
    });

    it('has the soft limits of its submitter, clipped where they lie above ours', async () => {
      const softLimits = { openFiles: 2 ** 40, core: 0, cpu: 1234 };
      const end = await launcher.run('ulimit -t; ulimit -c; ulimit -n; ulimit -Hn', { softLimits });
      const [cpu, core, soft, hard] = launcher.output(end).split('\n');
      expect([cpu, core]).toEqual(['1234', '0']);
      expect(soft).toBe(hard);
      expect(end.clippedLimits).toEqual(['openFiles']);
    });
  });

  describe('ending an attempt', () => {
    const stubborn = (file: string) => `trap '' TERM INT HUP
      (setsid env -i sh -c 'trap "" TERM INT; (sh -c "trap \\"\\" TERM; echo x >> ${file}; while :; do sleep 0.05; echo x >> ${file}; done" &) ; sleep 1000' &)
      while :; do sleep 1; done`;

    it('kills every process of a tree that ignores signals, leaves sessions and clears its environment', async () => {
      const beats = join(launcher.directory, `beats-${Math.random()}`);
      const spec = launcher.spec(stubborn(beats));
      launcher.client.launch(spec);
      await launcher.until(() => existsSync(beats));
      await launcher.client.signal(spec, [
        { afterMs: 0, signal: 15, scope: 'tree', cause: 2 },
        { afterMs: 100, signal: 9, scope: 'tree', cause: 2 },
      ]);
      const end = await launcher.end(spec);
      expect(end).toMatchObject({
        outcome: { kind: 'signaled', signal: 9 },
        cause: 2,
        lastSignal: 9,
      });
      expect(processesThatName(beats)).toEqual([]);
    });

    it('kills what the first process left behind when that is asked for', async () => {
      const beats = join(launcher.directory, `beats-${Math.random()}`);
      const text = `(setsid sh -c 'while :; do echo x >> ${beats}; sleep 0.05; done' &); while [ ! -e ${beats} ]; do sleep 0.02; done; exit 4`;
      const end = await launcher.run(text);
      expect(end).toMatchObject({
        outcome: { kind: 'exited', code: 4 },
        leftoversKilled: true,
        cause: 0,
      });
      expect(processesThatName(beats)).toEqual([]);
    });

    it('ends at the limit of its plan after the warning, by the cause of the limit', async () => {
      const plan: PlanStep[] = [
        { afterMs: 150, signal: 10, scope: 'tree' },
        { afterMs: 400, signal: 15, scope: 'tree', cause: 1 },
        { afterMs: 10_000, signal: 9, scope: 'tree', cause: 1 },
      ];
      const end = await launcher.run('trap "echo warned" USR1; while :; do sleep 0.02; done', {
        plan,
      });
      expect(end).toMatchObject({
        outcome: { kind: 'signaled', signal: 15 },
        cause: 1,
        lastSignal: 15,
      });
      expect(launcher.output(end)).toContain('warned\n');
      expect(end.durationMs).toBeGreaterThanOrEqual(400);
      expect(end.durationMs).toBeLessThan(5000);
    });

    it('signals the first process alone, or all but that one', async () => {
      const text = `trap 'echo main' USR1; sh -c 'trap "echo child" USR1; echo ready; while :; do sleep 0.02; done' &
        while :; do sleep 0.02; done`;
      const spec = launcher.spec(text);
      launcher.client.launch(spec);
      await launcher.until(
        () => existsSync(launcher.path(spec)) && launcher.output(spec) === 'ready\n',
      );
      await launcher.client.signal(spec, [{ afterMs: 0, signal: 10, scope: 'main' }]);
      await launcher.until(() => launcher.output(spec) === 'ready\nmain\n');
      const all = launcher.spec(`trap 'echo main' USR1; ${text.slice(text.indexOf(';') + 2)}`);
      expect(all.job).toBeGreaterThan(spec.job);
      await launcher.client.signal(spec, [{ afterMs: 0, signal: 10, scope: 'allButMain' }]);
      await launcher.until(() => launcher.output(spec).includes('child\n'));
      expect(launcher.output(spec).split('main').length).toBe(2);
      await launcher.client.signal(spec, END_NOW);
      await launcher.end(spec);
    });

    it('says that nobody is there to signal an attempt that has ended', async () => {
      const end = await launcher.run('true');
      await launcher.until(() => !existsSync(`/proc/${launcher.supervisorPid(end)}`));
      expect(await launcher.client.signal(end, END_NOW)).toBe('nobodyThere');
    });

    it('stands still while it is suspended, and that time does not count for its limit', async () => {
      const plan: PlanStep[] = [{ afterMs: 900, signal: 9, scope: 'tree', cause: 1 }];
      const spec = launcher.spec('while :; do echo x; sleep 0.02; done', { plan });
      launcher.client.launch(spec);
      await launcher.until(
        () => existsSync(launcher.path(spec)) && launcher.output(spec).length > 4,
      );
      await launcher.client.suspend(spec);
      let size = -1;
      await launcher.until(() => {
        const same = size === launcher.output(spec).length;
        size = launcher.output(spec).length;
        return same;
      });
      const thawAt = performance.now() + 1000;
      await launcher.until(() => performance.now() >= thawAt);
      expect(launcher.output(spec).length).toBeLessThanOrEqual(size + 2);
      await launcher.client.resume(spec);
      await launcher.until(() => launcher.output(spec).length > size + 4);
      const end = await launcher.end(spec);
      expect(end).toMatchObject({ cause: 1, outcome: { kind: 'signaled', signal: 9 } });
      expect(end.suspendedMs).toBeGreaterThanOrEqual(1000);
      expect(end.durationMs - end.suspendedMs).toBeGreaterThanOrEqual(890);
    });

    it('ends while it is suspended', async () => {
      const spec = launcher.spec('echo up; sleep 1000');
      launcher.client.launch(spec);
      await launcher.until(
        () => existsSync(launcher.path(spec)) && launcher.output(spec) === 'up\n',
      );
      await launcher.client.suspend(spec);
      await launcher.client.signal(spec, [{ afterMs: 0, signal: 15, scope: 'tree', cause: 2 }]);
      const end = await launcher.end(spec);
      expect(end.outcome).toEqual({ kind: 'signaled', signal: 15, coreDumped: false });
    });
  });

  describe('the report', () => {
    it('is appended to the held output once, however often it is ordered', async () => {
      const end = await launcher.run('echo out', { holdForReport: true });
      expect(end.holdsOutput).toBe(true);
      const report = Buffer.from('report \xff\n', 'latin1');
      await Promise.all([launcher.client.append(end, report), launcher.client.append(end, report)]);
      await launcher.event((event) => event.kind === 'appended' && event.name === `${end.job}.0`);
      await launcher.client.append(end, report);
      await launcher.until(() => !existsSync(`/proc/${launcher.supervisorPid(end)}`));
      expect(launcher.output(end)).toBe('out\nreport \xff\n');
      const appended = launcher.events.filter(
        ({ kind, name }) => kind === 'appended' && name === `${end.job}.0`,
      );
      expect(appended.map((event) => 'errno' in event && event.errno)).not.toContain(5);
    });

    it('is not waited for any more when the attempt is forgotten', async () => {
      const end = await launcher.run('echo out', { holdForReport: true });
      const pid = launcher.supervisorPid(end);
      launcher.client.forget([end]);
      await launcher.until(() => !existsSync(join(launcher.runDirectory, `${end.job}.0`)));
      await launcher.until(() => !existsSync(`/proc/${pid}`));
    });
  });

  it('leaves no process and no cgroup of any attempt', async () => {
    await launcher.until(() => liveSupervisors(launcher).length === 0);
    const { tree, cpuacct, memory, pids } = launcher.cgroups.roots;
    for (const path of [tree?.path, cpuacct, memory, pids])
      if (path)
        expect(
          readdirSync(path, { withFileTypes: true }).filter((one) => one.isDirectory()),
        ).toEqual([]);
    expect(launcher.said).toEqual([]);
  });
});

function liveSupervisors(launcher: LauncherUnderTest): string[] {
  const names = readdirSync(launcher.runDirectory).filter((name) => /^\d+\.\d+$/.test(name));
  return names.filter((name) => {
    const pid = launcher.supervisorPid({ job: Number(name.split('.')[0]), attempt: 0 });
    return pid > 0 && existsSync(`/proc/${pid}`);
  });
}

/** The pids of processes that have `text` in their command line. */
function processesThatName(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}
