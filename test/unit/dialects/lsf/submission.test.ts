// The small grammars of bsub, and the texts that they refuse.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../src/base/brand.ts';
import { zone } from '../../../../src/dialects/kit/time-zone.ts';
import { idText, readId, readIndexList } from '../../../../src/dialects/lsf/job-ids.ts';
import { memoryMib } from '../../../../src/dialects/lsf/settings.ts';
import { commandLine, shownScript } from '../../../../src/dialects/lsf/submission/command-line.ts';
import { readDependency } from '../../../../src/dialects/lsf/submission/dependency-expression.ts';
import { embeddedLines } from '../../../../src/dialects/lsf/submission/embedded.ts';
import { readJobName } from '../../../../src/dialects/lsf/submission/job-name.ts';
import {
  demandOf,
  readRequirement,
} from '../../../../src/dialects/lsf/submission/resource-requirement.ts';
import { minutesMs, pointInTime } from '../../../../src/dialects/lsf/submission/times.ts';

test.each<[string, string[][]]>([
  ['#BSUB -q x -n 4', [['-q', 'x', '-n', '4']]],
  ['#BSUB-J x', [['-J', 'x']]],
  ['  # BSUB   -J "a b"  # a comment', [['-J', 'a b']]],
  ["true\n#BSUB -R 'x[a b]'\nfalse", [['-R', 'x[a b]']]],
  ['#BSUB -q \\\n#BSUB x', [['-q', 'x']]],
  ['#BSUB -q \\\nx\n#BSUB -x\r', [['-q', 'x'], ['-x']]],
  ['#BSUB q x\n##BSUB -q x\n#SBATCH -n 1', []],
  ['#BSUB -J a"b c"d', [['-J', 'ab cd']]],
  ["#BSUB -J it's", [['-J', "it's"]]],
])('the options of %j', (script, wanted) => {
  expect(embeddedLines(script)).toEqual(wanted);
});

test.each([
  [['a b', 'c'], 'a b c'],
  [['echo', 'a b'], 'echo "a b"'],
  [['echo', 'a "b"'], `echo 'a "b"'`],
  [['echo', '$A b'], "echo '$A b'"],
  [['echo', '$A'], "echo '$A'"],
  [['echo', 'a;b', '>', 'f'], 'echo a;b > f'],
  [['echo', '(x)', "'q'"], "echo \\(x\\) \\'q\\'"],
])('the words %j become a line', (words, line) => {
  expect(commandLine(words)).toBe(line);
});

test('a script is shown with semicolons and cut at the limit of LSF', () => {
  expect(shownScript('#!/bin/sh\na\nb\n')).toBe('#!/bin/sh;a;b');
  expect(shownScript('x\n'.repeat(9000))).toHaveLength(4094);
});

test.each<[string, unknown]>([
  ['plain', { name: 'plain' }],
  ['a[1-3]', { name: 'a', array: { indices: [{ first: 1, count: 3, step: 1 }] } }],
  [
    'a[1-9:4,20]%2',
    {
      name: 'a',
      array: {
        limit: 2,
        indices: [
          { first: 1, count: 3, step: 4 },
          { first: 20, count: 1, step: 1 },
        ],
      },
    },
  ],
  ['[5]', { name: '', array: { indices: [{ first: 5, count: 1, step: 1 }] } }],
  ['a[1-3', 'Bad job name'],
  ['a]', 'Bad job name'],
  ['a[]', 'Bad job name'],
  ['a[0-3]', 'Bad job name'],
  ['a[3-1]', 'Bad job name'],
  ['a[1-3:0]', 'Bad job name'],
  ['a[x]', 'Bad job name'],
  ['a[1]b', 'Bad job name'],
])('-J %s', (value, wanted) => {
  expect(readJobName(value)).toEqual(wanted);
});

test('a range of a million elements is one run', () => {
  expect(readIndexList('1-1000000')).toEqual([{ first: 1, count: 1_000_000, step: 1 }]);
  expect(readIndexList('1-10,5-15')).toEqual([{ first: 1, count: 15, step: 1 }]);
});

test('an id that is read is written the same', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.integer({ min: 1, max: 999 }),
      (id, index) => {
        for (const text of [String(id), `${id}[${index}]`, `${id}[${index}-${index + 8}:2]`]) {
          const read = readId(text);
          expect(read.kind === 'ref' && idText(read.ref)).toBe(text);
        }
      },
    ),
  );
});

test.each<[string, number | undefined]>([
  ['90', 5_400_000],
  ['1:30', 5_400_000],
  ['01:30', 5_400_000],
  ['90.5', 5_430_000],
  ['60/hostA', 3_600_000],
  ['60:05', 216_300_000],
  ['1:xx', undefined],
  ['', undefined],
  ['-5', undefined],
])('the limit %s', (value, ms) => {
  expect(minutesMs(value)).toBe(ms);
});

const NOON = instant(Date.UTC(2026, 10, 21, 12, 0, 30));

test.each([
  ['13:00', '2026-11-21T13:00:00.000Z'],
  ['11:00', '2026-11-22T11:00:00.000Z'],
  ['12:00', '2026-11-21T12:00:00.000Z'],
  ['20:08:00', '2026-12-20T08:00:00.000Z'],
  ['1:1:08:00', '2027-01-01T08:00:00.000Z'],
  ['2026:12:24:18:00', '2026-12-24T18:00:00.000Z'],
])('the time %s is %s', (value, iso) => {
  const point = pointInTime(value, NOON, zone('UTC'));
  expect(point === undefined ? undefined : new Date(point).toISOString()).toBe(iso);
});

test.each(['', '12', '25:00', '12:60', '2025:1:1:0:0', '13:1:0:0', 'a:b', '1:2:3:4:5:6'])(
  'the time %j is refused',
  (value) => {
    expect(pointInTime(value, NOON, zone('UTC'))).toBeUndefined();
  },
);

test.each<[string, number, number | undefined]>([
  ['4096', 1 / 1024, 4],
  ['4096', 1, 4096],
  ['500M', 1 / 1024, 500],
  ['4096MB', 1 / 1024, 4096],
  ['1.5G', 1, 1536],
  ['2t', 1, 2_097_152],
  ['abc', 1, undefined],
  ['5X', 1, undefined],
  ['-1', 1, undefined],
])('%s in units of %d MiB is %s MiB', (text, bare, mib) => {
  expect(memoryMib(text, bare)).toBe(mib);
});

const MEANING = { bareMib: 1, isPerTask: false };

test.each<[string, number, object]>([
  ['rusage[mem=100]', 1, { memoryMibPerNode: 100 }],
  ['rusage[mem=2G:duration=10m:decay=1,swp=5]', 1, { memoryMibPerNode: 2048 }],
  ['rusage[mem=100/task]', 2, { memoryMibPerCpu: 100 }],
  ['select[mem>=8192MB] rusage[mem=64]', 1, { memoryMibPerNode: 64 }],
  ['mem>4000', 1, { memoryMibPerNode: 4000 }],
  ['select[type==any]', 1, {}],
  ['span[hosts=1]', 4, { nodes: { min: 1, max: 1 } }],
  ['span[ptile=4]', 10, { nodes: { min: 3, max: 3 } }],
  ['affinity[core(4)]', 1, { cpusPerTask: 4 }],
  ['affinity[thread(2,same=core):cpubind=thread]', 1, { cpusPerTask: 2 }],
  ["select[hname!='h1' && hname!=h2]", 1, { excludedNodeNames: ['h1', 'h2'] }],
  ["select[hname=='h1']", 1, { nodeNames: ['h1'] }],
  ['order[-slots:mem] same[type:model] cu[type=enclosure:maxcus=2]', 1, {}],
  [
    'select[(mem>10||swp>5) && !defined(gpu) && (ut<0.5 && 2*r1m < 4)] rusage[mem=5||mem=3]',
    1,
    { memoryMibPerNode: 5 },
  ],
])('-R %s asks for %o', (text, tasks, demand) => {
  const requirement = readRequirement([text]);
  expect(requirement && demandOf(requirement, tasks, MEANING)).toEqual(demand);
});

test('strings of several -R are joined', () => {
  const both = readRequirement(['select[mem>5] rusage[swp=2]', 'span[hosts=1] rusage[mem=7]']);
  expect(both && demandOf(both, 1, MEANING)).toEqual({
    memoryMibPerNode: 7,
    nodes: { min: 1, max: 1 },
  });
});

test.each([
  'rusage[mem=',
  'rusage[mem]',
  'rusage[mem=a]',
  'select[mem>]',
  'select[(mem>5]',
  'select[]',
  'span[hosts=3]',
  'span[ptile=0]',
  'span[nix]',
  'affinity[core(0)]',
  'foo[bar]',
  'rusage[mem=5] trailing',
  '{span[hosts=1]}||{rusage[mem=5]}',
  `select[${'('.repeat(5000)}mem`,
])('-R %.60s is refused', (text) => {
  expect(readRequirement([text])).toBeUndefined();
});

test('the precedence of a dependency is not, and, or', () => {
  expect(readDependency('1 || !done(2) && ended("a b*")')).toEqual({
    kind: 'or',
    of: [
      { kind: 'condition', when: 'succeeded', subject: { kind: 'id', text: '1' } },
      {
        kind: 'and',
        of: [
          {
            kind: 'not',
            of: { kind: 'condition', when: 'succeeded', subject: { kind: 'id', text: '2' } },
          },
          { kind: 'condition', when: 'ended', subject: { kind: 'name', text: 'a b*' } },
        ],
      },
    ],
  });
});

test.each<[string, object]>([
  ['done(my-job.1)', { when: 'succeeded', subject: { kind: 'name', text: 'my-job.1' } }],
  ['started(7[3])', { when: 'started', subject: { kind: 'id', text: '7', element: 3 } }],
  ['ended(arr[*])', { when: 'ended', subject: { kind: 'name', text: 'arr', sameIndex: true } }],
  ['done("arr[2]")', { when: 'succeeded', subject: { kind: 'name', text: 'arr', element: 2 } }],
  ['exit(7)', { when: 'failed', subject: { kind: 'id', text: '7' } }],
  [
    'exit(7, 3)',
    { when: 'exitCode', subject: { kind: 'id', text: '7' }, compare: { operator: '==', value: 3 } },
  ],
  [
    'exit(7,>= 3)',
    { when: 'exitCode', subject: { kind: 'id', text: '7' }, compare: { operator: '>=', value: 3 } },
  ],
  [
    'numdone(7, *)',
    {
      when: 'countSucceeded',
      subject: { kind: 'id', text: '7' },
      compare: { operator: '==', value: 'all' },
    },
  ],
  [
    'numrun(7, < 5)',
    {
      when: 'countRunning',
      subject: { kind: 'id', text: '7' },
      compare: { operator: '<', value: 5 },
    },
  ],
])('-w %s', (text, wanted) => {
  expect(readDependency(text)).toEqual({ kind: 'condition', ...wanted });
});

test.each([
  '',
  'foo bar',
  'done(1',
  'done()',
  'done(1) &&',
  '(1',
  '1)',
  'nix(1)',
  'numdone(1)',
  'external(1,"x")',
  'post_err(1)',
  'exit(1,*)',
  'exit(1,x)',
  '!',
  'done(1) done(2)',
  '('.repeat(5000),
])('-w %.40j is refused', (text) => {
  expect(readDependency(text)).toBeUndefined();
});
