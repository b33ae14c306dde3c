// Times and sizes as people write them.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../../src/config/suggestion.ts';
import { durationMs, names, sizeBytes, yesNo } from '../../../src/config/value-types.ts';

test.each([
  ['300s', 300_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['2d', 172_800_000],
  ['0s', 0],
])('the time %s is %i ms', (written, ms) => {
  expect(durationMs.parse(written)).toBe(ms);
});

test.each(['', '5', 's', '1.5h', '-1s', '1w', '5 m', '9999999999s'])(
  'the time %j is refused',
  (written) => {
    expect(durationMs.safeParse(written).success).toBe(false);
  },
);

test('a size counts in powers of 1024', () => {
  expect(sizeBytes.parse('64KB')).toBe(65_536);
  expect(sizeBytes.parse('1GB')).toBe(1_073_741_824);
  expect(sizeBytes.parse('7B')).toBe(7);
});

test('names come with commas or as a list, and none is none', () => {
  expect(names.parse('alice,bob')).toEqual(['alice', 'bob']);
  expect(names.parse(['1001'])).toEqual(['1001']);
  expect(names.parse('')).toEqual([]);
  expect(names.safeParse('a b').success).toBe(false);
});

test('yes and no have two spellings each', () => {
  expect(['yes', 'true', 'no', 'false'].map((word) => yesNo.parse(word))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('no text makes a value type throw or give a number that is not whole', () => {
  fc.assert(
    fc.property(fc.string(), (written) => {
      for (const type of [durationMs, sizeBytes]) {
        const result = type.safeParse(written);
        if (result.success) expect(Number.isSafeInteger(result.data)).toBe(true);
      }
    }),
  );
});

test('a word with one wrong letter is recognised, a far one is not', () => {
  expect(nearest('maxArraySise', ['maxScript', 'maxArraySize'])).toBe('maxArraySize');
  expect(nearest('banana', ['maxScript', 'maxArraySize'])).toBeUndefined();
});
