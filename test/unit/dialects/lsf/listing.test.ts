// How bjobs lays out and orders what it prints.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { left, right, tail } from '../../../../src/dialects/lsf/listing/cells.ts';
import { FIELDS } from '../../../../src/dialects/lsf/listing/fields.ts';
import { readFormat } from '../../../../src/dialects/lsf/listing/custom.ts';
import { wrapped } from '../../../../src/dialects/lsf/listing/long.ts';
import { jobView, lsf, runningSince } from '../../../support/lsf-world.ts';

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

test('a cell is as wide as it should be and never cuts a character in its middle', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 20 }), (text, width) => {
      const given = bytes(text);
      for (const cell of [left(given, width), tail(given, width)]) {
        expect(cell).toHaveLength(width);
        if (given.length > width && Buffer.from(text, 'utf8').toString('utf8') === text) {
          expect(Buffer.from(cell, 'latin1').toString('utf8')).not.toContain('\ufffd');
        }
      }
      expect(right(given, width)).toHaveLength(width);
    }),
  );
});

test('a name is cut at its head', () => {
  expect(tail('foo-120_125_154)', 10)).toBe('*-125_154)'.replace('-125', '_125'));
  expect(tail('short', 10)).toBe('short     ');
  expect(right('5', 3)).toBe('  5');
});

test('breaking and joining a sentence gives it back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 500 }), (sentence) => {
      const text = wrapped(sentence);
      for (const line of text.split('\n')) expect(line.length).toBeLessThan(80);
      expect(text).toBe(`${text.slice(0, -1)}\n`);
      expect(text.replace(/\n {21}/g, '').slice(0, -1)).toBe(sentence);
    }),
  );
});

test('a long listing is written in slices', () => {
  const jobs = Array.from({ length: 2100 }, (_, i) => jobView(i + 1));
  expect(lsf('bjobs', jobs).writes).toBe(5);
  expect(lsf('bjobs -json', jobs).writes).toBe(6);
});

test('every field of LSF 10.1 is known, by any case', () => {
  const jobs = [jobView(1), jobView(2, runningSince('2026-11-21T07:40:00Z'))];
  for (const name of FIELDS.keys()) {
    const ran = lsf(`bjobs -o "${name.toUpperCase()}: ${name}" -noheader`, jobs);
    expect(ran.stderr, name).toBe('');
    expect(ran.stdout.trimEnd().split('\n'), name).toHaveLength(2);
  }
});

test.each<[string, string | object]>([
  ['jobid:9 stat delimiter=","', { delimiter: ',', widths: [9, undefined] }],
  ["jobid stat: delimiter='^'", { delimiter: '^', widths: [undefined, 5] }],
  ['delimiter=; jobid', { delimiter: ';', widths: [undefined] }],
  ['mem:-12:G', { delimiter: ' ', widths: [12] }],
  ['jobid nix', 'nix: Illegal field name'],
  ['jobid:99999', 'jobid:99999: Illegal output width'],
  ['', 'The output format is empty'],
])('-o %j', (text, wanted) => {
  const format = readFormat(text);
  const found =
    typeof format === 'string'
      ? format
      : { delimiter: format.delimiter, widths: format.columns.map(({ width }) => width) };
  expect(found).toEqual(wanted);
});

test('LSB_JOBID_DISP_LENGTH widens the column of ids', () => {
  const environment = new Map([['LSB_JOBID_DISP_LENGTH', '10']]);
  const ran = lsf('bjobs', [jobView(5)], { call: { environment } });
  expect(ran.stdout.split('\n').map((line) => line.slice(0, 16))).toEqual([
    'JOBID      USER ',
    '5          alice',
    '',
  ]);
});

test('a long id shifts its line and is never cut', () => {
  expect(lsf('bjobs', [jobView(2_147_483_647)]).stdout).toContain('\n2147483647 alice   PEND ');
});
