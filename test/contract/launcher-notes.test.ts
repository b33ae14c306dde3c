// Lines that a supervisor, or the job on its way to its program, writes into the job's stderr.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanStep } from '../../src/execution/launcher/wire.ts';
import { availableDrivers, LauncherUnderTest } from '../support/launcher.ts';

const END_NOW: PlanStep[] = [{ afterMs: 0, signal: 9, scope: 'tree', cause: 2 }];

describe.each(await availableDrivers())('a note, with $name,', ({ open }) => {
  let launcher: LauncherUnderTest;
  beforeAll(async () => {
    launcher = await LauncherUnderTest.open({ cgroups: open });
  }, 60_000);
  afterAll(() => launcher.close());

  it('comes once, in stderr, before the signals that are ordered behind it', async () => {
    const stderr = join(launcher.directory, 'noted');
    const text = 'trap "echo trapped >&2; exit 3" TERM; echo up; while :; do sleep 0.02; done';
    const spec = launcher.spec(text, { stderr });
    launcher.client.launch(spec);
    await launcher.until(() => existsSync(launcher.path(spec)) && launcher.output(spec) !== '');
    for (const note of ['first', 'second'])
      void launcher.client.note(spec, Buffer.from(`*** ${note} ***\n`));
    void launcher.client.signal(spec, [{ afterMs: 0, signal: 15, scope: 'tree', cause: 1 }]);
    expect((await launcher.end(spec)).outcome).toEqual({ kind: 'exited', code: 3 });
    const lines = readFileSync(stderr, 'latin1').split('\n');
    expect(lines.filter((line) => line !== 'Terminated')).toEqual(['*** first ***', 'trapped', '']);
  });

  it('does not keep the signals from a job whose stderr nobody reads', async () => {
    const pipe = join(launcher.directory, 'full');
    execFileSync('mkfifo', ['-m', '666', pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const text = 'echo up; exec dd if=/dev/zero bs=4096 count=100 >&2';
    const spec = launcher.spec(text, { stderr: pipe });
    launcher.client.launch(spec);
    await launcher.until(() => existsSync(launcher.path(spec)) && launcher.output(spec) !== '');
    void launcher.client.note(spec, Buffer.from('nobody reads this\n'));
    void launcher.client.signal(spec, END_NOW);
    expect((await launcher.end(spec)).outcome).toMatchObject({ kind: 'signaled', signal: 9 });
    closeSync(reader);
  });

  it('of a directory that cannot be entered has the system’s words between its texts', async () => {
    const spec = launcher.spec('echo ran', {
      cwd: '/no/such/dir',
      fallbackCwd: '/tmp',
      directoryNote: ['no /no/such/dir: ', ': in /tmp; ', '\n'],
    });
    launcher.client.launch(spec);
    expect(await launcher.end(spec)).toMatchObject({ usedFallbackCwd: true });
    const why = 'No such file or directory';
    expect(launcher.output(spec)).toBe(`no /no/such/dir: ${why}: in /tmp; ${why}\nran\n`);
  });
});
