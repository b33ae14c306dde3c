// Whatever users type: no command throws, none works long, and none prints what a terminal obeys.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { run, invocation } from '../../../support/dialog-runner.ts';
import { jobView, lsfWorld, NOW, runningSince, SITE } from '../../../support/lsf-world.ts';
import { lsfPrograms } from '../../../../src/dialects/lsf/programs.ts';

const JOBS = [jobView(1), jobView(2, runningSince('2026-11-21T07:40:00Z'))];

function call(name: string, words: readonly string[], stdin = 'true\n'): ReturnType<typeof run> {
  const program = lsfPrograms[name];
  if (program === undefined) throw new Error(name);
  const world = lsfWorld(JOBS, { stdin, awaitJob: () => JOBS.slice(1) });
  return run(program, invocation(name, words, { now: NOW, site: SITE }), world);
}

const OPTIONS =
  '-J -q -n -R -M -W -o -e -i -cwd -w -b -H -K -P -env -r -x -sp -m -u -a -p -l -json -s -A -W'.split(
    ' ',
  );

const word = fc.oneof(
  fc.constantFrom(...OPTIONS),
  fc.constantFrom(
    '0',
    '1',
    '1[1-3]',
    'all',
    'a[1-5]%2',
    'done(1)',
    'rusage[mem=5]',
    'jobid stat',
    '1:30',
  ),
  fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 12,
  }),
);

test('no words make a command throw or print control characters', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('bsub', 'bjobs', 'bkill'),
      fc.array(word, { maxLength: 6 }),
      (name, words) => {
        const { stdout, stderr, status } = call(name, words);
        expect([0, 126, 255]).toContain(status);
        expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
      },
    ),
    { numRuns: 1500 },
  );
});

const N = 60_000;

test.each<[string, readonly string[]]>([
  ['bsub', ['-R', `select[${'[]'.repeat(N)}`, 'true']],
  ['bsub', ['-R', `select[${'['.repeat(8000)}`, 'true']],
  ['bsub', ['-R', `select[${'[a] '.repeat(3000)}`, 'true']],
  ['bsub', ['-R', `rusage[${'mem=5:duration=1'.repeat(900)}`, 'true']],
  ['bsub', ['-w', '('.repeat(N), 'true']],
  ['bsub', ['-w', `${'done(1)&&'.repeat(N / 10)}done(1`, 'true']],
  ['bsub', ['-w', '!'.repeat(N), 'true']],
  ['bsub', ['-J', '['.repeat(N), 'true']],
  ['bsub', ['-J', `a[${'1-2,'.repeat(N / 4)}3]`, 'true']],
  ['bsub', ['-W', '1'.repeat(N), 'true']],
  ['bsub', ['-cwd', '/.'.repeat(N), 'true']],
  ['bsub', ['-cwd', `${'./'.repeat(N)}x`, 'true']],
  ['bsub', ['-env', ','.repeat(N), 'true']],
  ['bsub', ['-b', '1:'.repeat(N), 'true']],
  ['bsub', [' '.repeat(N)]],
  ['bjobs', ['-J', '['.repeat(N)]],
  ['bjobs', ['-J', '*'.repeat(200)]],
  ['bjobs', ['-o', ' '.repeat(N)]],
  ['bjobs', ['-o', 'delimiter='.repeat(N / 10)]],
  ['bjobs', ['1[1-4000000,2-5000000]']],
  ['bjobs', ['1[1-4000000:2,2-5000000:3]']],
  ['bjobs', Array.from({ length: 10_000 }, (_, i) => String(i + 1))],
  ['bkill', [`1[${'9'.repeat(400)}]`]],
])('%s with %.60j… is answered soon', (name, words) => {
  const before = process.cpuUsage();
  call(name, words);
  expect(process.cpuUsage(before).user).toBeLessThan(400_000);
});

test('a script of blank lines and half-made #BSUB lines is read soon', () => {
  for (const stdin of [
    '\n'.repeat(4_000_000),
    `x${'\n'.repeat(2_000_000)}`,
    '# BSUB \\\n'.repeat(200_000),
  ]) {
    const before = process.cpuUsage();
    call('bsub', [], stdin);
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  }
});
