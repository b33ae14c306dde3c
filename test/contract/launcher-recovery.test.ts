// Deaths: of the launcher, of its client, of supervisors, at any moment. An attempt runs at most
// once, its real exit code arrives or it is said to be lost, and nothing of it stays behind. Also
// the same attempt launched several times, with the control that a launcher without claims fails.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AttemptKey,
  attemptName,
  type LaunchSpec,
} from '../../src/execution/launcher/wire.ts';
import { seededRandom } from '../../src/base/random.ts';
import { availableDrivers, LauncherUnderTest, type Variant } from '../support/launcher.ts';

let launcher: LauncherUnderTest;
afterEach(() => launcher.close());

/** Notes every run in a file, then works for a moment and ends with `code`. */
function noted(code: number, seconds = '0.1'): LaunchSpec {
  const runs = join(launcher.directory, 'runs');
  return launcher.spec(`echo "$1" >> ${runs}; sleep ${seconds}; exit ${code}`);
}

function withName(spec: LaunchSpec): LaunchSpec {
  if (spec.program.kind !== 'script') return spec;
  return { ...spec, program: { ...spec.program, arguments: [attemptName(spec)] } };
}

function runsOf(key: AttemptKey): number {
  const file = join(launcher.directory, 'runs');
  const runs = existsSync(file) ? readFileSync(file, 'latin1').split('\n') : [];
  return runs.filter((run) => run === attemptName(key)).length;
}

function killHard(pid: number | undefined): void {
  if (pid === undefined || pid <= 1) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

describe('an attempt that is launched three times', () => {
  async function launchThrice(variant: Variant): Promise<number> {
    launcher = await LauncherUnderTest.open({ variant });
    const specs = Array.from({ length: 60 }, () => withName(noted(0, '0')));
    for (const spec of specs) for (let i = 0; i < 3; i++) launcher.client.launch(spec);
    await Promise.all(specs.map((spec) => launcher.end(spec)));
    const last = withName(noted(0, '0.3'));
    launcher.client.launch(last);
    await launcher.end(last);
    return specs.filter((spec) => runsOf(spec) !== 1).length;
  }

  it('runs once', async () => {
    expect(await launchThrice('sanitized')).toBe(0);
  });

  it('runs several times under a launcher without claims, so this test would notice', async () => {
    expect(await launchThrice('unclaimed')).toBeGreaterThan(0);
  });

  it('ends once when it is launched again after its end', async () => {
    launcher = await LauncherUnderTest.open();
    const spec = withName(noted(5, '0'));
    launcher.client.launch(spec);
    await launcher.end(spec);
    launcher.events.length = 0;
    launcher.client.launch(spec);
    expect((await launcher.end(spec)).outcome).toEqual({ kind: 'exited', code: 5 });
    expect(runsOf(spec)).toBe(1);
  });
});

describe.each(await availableDrivers())('deaths with $name', ({ open }) => {
  it('of the launcher leave jobs running, and their ends arrive through the next one', async () => {
    launcher = await LauncherUnderTest.open({ cgroups: open });
    const specs = Array.from({ length: 10 }, (_, i) => withName(noted(i, '0.5')));
    for (const spec of specs) launcher.client.launch(spec);
    await launcher.until(() => specs.every((spec) => runsOf(spec) === 1));
    killHard(launcher.client.launcherPid);
    const ends = await Promise.all(specs.map((spec) => launcher.end(spec)));
    expect(ends.map(({ outcome }) => outcome)).toEqual(
      specs.map((_, code) => ({ kind: 'exited', code })),
    );
    expect(specs.map(runsOf)).toEqual(specs.map(() => 1));
  });

  it('of launcher and client leave orders and reports possible for the next client', async () => {
    launcher = await LauncherUnderTest.open({ cgroups: open });
    const running = launcher.spec('echo up; sleep 1000');
    const reported = launcher.spec('echo out', { holdForReport: true });
    launcher.client.launch(running);
    launcher.client.launch(reported);
    await launcher.end(reported);
    await launcher.until(
      () => existsSync(launcher.path(running)) && launcher.output(running) === 'up\n',
    );
    await launcher.client.stop();
    await launcher.reopen();
    const found = await launcher.client.scan();
    expect(found.map(({ job, state }) => [job, state]).sort()).toEqual([
      [running.job, 'running'],
      [reported.job, 'ended'],
    ]);
    await launcher.client.append(reported, Buffer.from('report\n'));
    await launcher.event((event) => event.kind === 'appended');
    expect(launcher.output(reported)).toBe('out\nreport\n');
    await launcher.client.signal(running, [{ afterMs: 0, signal: 9, scope: 'tree', cause: 2 }]);
    expect(await launcher.end(running)).toMatchObject({ cause: 2, outcome: { kind: 'signaled' } });
  });

  it('of the supervisor make the attempt lost once its processes are gone, and it can still be killed', async () => {
    launcher = await LauncherUnderTest.open({ cgroups: open });
    const spec = launcher.spec('echo up; sleep 1.5; echo over');
    launcher.client.launch(spec);
    await launcher.until(() => existsSync(launcher.path(spec)) && launcher.output(spec) === 'up\n');
    killHard(launcher.supervisorPid(spec));
    await launcher.event(({ kind, name }) => kind === 'lost' && name === attemptName(spec));
    expect(launcher.output(spec)).toBe('up\nover\n');
    if (launcher.cgroups.driver === 'none') return;
    const second = launcher.spec('echo up; sleep 1000');
    launcher.client.launch(second);
    await launcher.until(
      () => existsSync(launcher.path(second)) && launcher.output(second) === 'up\n',
    );
    killHard(launcher.supervisorPid(second));
    const plan = [{ afterMs: 0, signal: 9, scope: 'tree', cause: 2 } as const];
    await launcher.client.signal(second, plan);
    await launcher.event(({ kind, name }) => kind === 'lost' && name === attemptName(second));
  });

  it('of a supervisor that holds the output make the report fail, and say so', async () => {
    launcher = await LauncherUnderTest.open({ cgroups: open });
    const end = await launcher.run('echo out', { holdForReport: true });
    killHard(launcher.supervisorPid(end));
    await launcher.until(() => !existsSync(`/proc/${launcher.supervisorPid(end)}`));
    await launcher.client.append(end, Buffer.from('report\n'));
    expect(await launcher.event(({ kind }) => kind === 'appended')).toMatchObject({ errno: 5 });
    expect(launcher.output(end)).toBe('out\n');
  });

  it('of anything at random moments double nothing, invent no exit code and lose only what lost its supervisor', async () => {
    launcher = await LauncherUnderTest.open({ cgroups: open, variant: 'plain' });
    const random = seededRandom(20260101);
    const specs: LaunchSpec[] = [];
    const bereft = new Set<string>();
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 5; i++) {
        const code = random.below(200);
        const spec = withName(noted(code, ['0', '0.01', '0.05'][random.below(3)]));
        specs.push({ ...spec, environment: [...spec.environment, `CODE=${code}`] });
        launcher.client.launch(specs.at(-1) as LaunchSpec);
        if (random.below(3) === 0) launcher.client.launch(specs.at(-1) as LaunchSpec);
      }
      const until = performance.now() + random.below(40);
      await launcher.until(() => performance.now() >= until);
      if (random.below(2) === 0) killHard(launcher.client.launcherPid);
      const victim = specs[random.below(specs.length)] as LaunchSpec;
      if (random.below(3) === 0 && launcher.supervisorPid(victim) > 0) {
        bereft.add(attemptName(victim));
        killHard(launcher.supervisorPid(victim));
      }
      if (random.below(8) === 0) {
        await launcher.client.stop();
        await launcher.reopen();
        for (const found of await launcher.client.scan()) launcher.remember(found);
        for (const spec of specs) if (!launcher.isKnown(spec)) launcher.client.launch(spec);
      }
    }
    await Promise.all(specs.map((spec) => launcher.settled(spec)));
    const wrong = specs.filter((spec) => {
      const code = Number(spec.environment.at(-1)?.slice('CODE='.length));
      const end = launcher.outcome(spec);
      if (runsOf(spec) > 1) return true;
      if (end === 'lost') return !bereft.has(attemptName(spec));
      return !(end?.kind === 'exited' && end.code === code && runsOf(spec) === 1);
    });
    expect(wrong.map((spec) => [attemptName(spec), runsOf(spec), launcher.outcome(spec)])).toEqual(
      [],
    );
  }, 60_000);
});

describe('a run directory with traces of earlier times', () => {
  it('has lost attempts of an earlier boot, claimed or not, and never runs them', async () => {
    launcher = await LauncherUnderTest.open();
    const spec = withName(noted(0, '0'));
    await launcher.client.stop();
    for (const name of ['71.0', '72.3']) mkdirSync(join(launcher.runDirectory, name));
    writeFileSync(join(launcher.runDirectory, '71.0', 'spec'), 'half');
    writeFileSync(join(launcher.runDirectory, '72.3', 'claim'), '');
    writeFileSync(join(launcher.runDirectory, 'boot'), 'another boot');
    await launcher.reopen();
    const found = await launcher.client.scan();
    expect(found).toEqual([
      { job: 71, attempt: 0, state: 'lost', why: 'rebooted' },
      { job: 72, attempt: 3, state: 'lost', why: 'rebooted' },
    ]);
    expect(runsOf(spec)).toBe(0);
    launcher.client.forget(found);
    await launcher.until(() => !existsSync(join(launcher.runDirectory, '72.3')));
  });

  it('starts an attempt that nobody claimed from its own spec', async () => {
    launcher = await LauncherUnderTest.open();
    const spec = withName(noted(3, '0'));
    launcher.client.launch(spec);
    await launcher.end(spec);
    await launcher.client.stop();
    const from = join(launcher.runDirectory, attemptName(spec));
    // As it is when the launcher was killed between the directory and the supervisor.
    const { encodeLaunch } = await import('../../src/execution/launcher/wire.ts');
    const next = { ...spec, job: 900 };
    const unclaimed = join(launcher.runDirectory, '900.0');
    mkdirSync(unclaimed);
    const frame = encodeLaunch(next, launcher.cgroups.leaves('900.0', {}));
    writeFileSync(join(unclaimed, 'spec'), Buffer.concat([Buffer.alloc(64), frame]));
    rmSync(from, { recursive: true });
    await launcher.reopen();
    expect(await launcher.client.scan()).toEqual([{ job: 900, attempt: 0, state: 'running' }]);
    expect((await launcher.end(next)).outcome).toEqual({ kind: 'exited', code: 3 });
  });

  it('uses the directory of a forgotten attempt again without anything in it', async () => {
    launcher = await LauncherUnderTest.open();
    const first = await launcher.run('true');
    launcher.client.forget([first]);
    const freed = join(launcher.runDirectory, 'free.0');
    await launcher.until(() => existsSync(freed));
    appendFileSync(join(freed, 'spec'), 'x'.repeat(100_000));
    const second = await launcher.run('ls -A $(dirname $0) 2>&1');
    expect(existsSync(freed)).toBe(false);
    expect(second.outcome.kind).toBe('exited');
    const third = await launcher.run('true');
    launcher.client.forget([second, third]);
    await launcher.until(() => existsSync(join(launcher.runDirectory, 'free.2')));
  });
});
