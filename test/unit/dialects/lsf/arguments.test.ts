// The two ways in which LSF's commands read options.

import { expect, test } from 'vitest';
import { nameOf, parseClustered, parseLeading } from '../../../../src/dialects/lsf/arguments.ts';
import { BKILL_ROWS } from '../../../../src/dialects/lsf/commands/bkill-options.ts';
import { BSUB_ROWS } from '../../../../src/dialects/lsf/commands/bsub.ts';
import { BJOBS_ROWS } from '../../../../src/dialects/lsf/listing/options.ts';
import { newDraft } from '../../../../src/dialects/lsf/submission/draft.ts';
import { zone } from '../../../../src/dialects/kit/time-zone.ts';
import { instant } from '../../../../src/base/brand.ts';

const words = (text: string): string[] => text.split(' ');

function leading(text: string): readonly [readonly string[], readonly string[]] | string {
  const parsed = parseLeading(words(text), BSUB_ROWS);
  if (parsed.kind !== 'parsed') return `${parsed.kind} ${parsed.option}`;
  return [parsed.given.map(({ row, value }) => `${nameOf(row)}=${value}`), parsed.rest];
}

test.each<[string, readonly [readonly string[], readonly string[]] | string]>([
  ['-q normal true', [['q=normal'], ['true']]],
  ['-qnormal true -q x', [['q=normal'], ['true', '-q', 'x']]],
  ['-cwd . -c 5 a', [['cwd=.', 'c=5'], ['a']]],
  ['-oo f -of -eo g -eg a', [['oo=f', 'o=f', 'eo=g', 'e=g'], ['a']]],
  ['-rn -r -sp 5 -app x -n4 a', [['rn=', 'r=', 'sp=5', 'app=x', 'n=4'], ['a']]],
  ['-nnodes 2 -env all a', [['nnodes=2', 'env=all'], ['a']]],
  ['-x 1', [['x='], ['1']]],
  ['-- -q', [[], ['-q']]],
  ['-zz a', 'illegal zz'],
  ['-Hx a', 'illegal Hx'],
  ['-q', 'missingValue q'],
])('bsub reads %s', (text, wanted) => {
  expect(leading(text)).toEqual(wanted);
});

function clustered(text: string): readonly [readonly string[], readonly string[]] | string {
  const parsed = parseClustered(words(text), BJOBS_ROWS);
  if (parsed.kind !== 'parsed') return `${parsed.kind} ${parsed.option}`;
  return [parsed.given.map(({ row, value }) => `${nameOf(row)}=${value}`), parsed.rest];
}

test.each<[string, readonly [readonly string[], readonly string[]] | string]>([
  ['-noheader -o jobid -aJ *x*', [['noheader=', 'o=jobid', 'a=', 'J=*x*'], []]],
  ['-uall -w', [['u=all', 'w='], []]],
  ['-wau bob 5', [['w=', 'a=', 'u=bob'], ['5']]],
  ['5 -l 6', [['l='], ['5', '6']]],
  ['-json -Jx -hms', [['json=', 'J=x', 'hms='], []]],
  ['-WF', [['WF='], []]],
  ['-az', 'illegal z'],
  ['-u', 'missingValue u'],
])('bjobs reads %s', (text, wanted) => {
  expect(clustered(text)).toEqual(wanted);
});

test('no two rows of a command have the same name', () => {
  for (const rows of [BSUB_ROWS, BJOBS_ROWS, BKILL_ROWS]) {
    const names = rows.map((row) => nameOf(row as never));
    expect(new Set(names).size).toBe(names.length);
  }
});

test('every full row stores something or is the bulk option', () => {
  for (const row of BSUB_ROWS.filter(({ support }) => support.kind === 'full')) {
    expect(row.set, nameOf(row)).toBeDefined();
  }
  const draft = newDraft(instant(0), zone('UTC'), 1);
  const before = JSON.stringify(draft);
  BSUB_ROWS.find((row) => row.long === 'H')?.set?.(draft, '');
  expect(JSON.stringify(draft)).not.toBe(before);
});
