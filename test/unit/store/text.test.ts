// How model strings lie in the database.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromSql, toSql } from '../../../src/store/text.ts';

const bytes = (...numbers: number[]): string => Buffer.from(numbers).toString('latin1');

test('names that people write are stored as they write them', () => {
  expect(toSql('job-1')).toBe('job-1');
  expect(toSql(Buffer.from('café ☃').toString('latin1'))).toBe('café ☃');
});

test('bytes that are no UTF-8, and NULs, are stored as a blob', () => {
  expect(toSql(bytes(0x61, 0xff))).toEqual(Buffer.from([0x61, 0xff]));
  expect(toSql('a\0b')).toEqual(Buffer.from('a\0b'));
  // A surrogate in UTF-8 clothes would come back as something else.
  expect(toSql(bytes(0xed, 0xa0, 0x80))).toBeInstanceOf(Buffer);
});

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (given) => {
      const text = Buffer.from(given).toString('latin1');
      expect(fromSql(toSql(text))).toBe(text);
    }),
  );
  const marked = Buffer.from('\ufeffname').toString('latin1');
  expect(fromSql(toSql(marked))).toBe(marked);
});

test('two names are never stored alike', () => {
  const one = bytes(0xc3, 0xa9);
  const other = bytes(0xe9);
  expect(toSql(one)).not.toEqual(toSql(other));
});

test('a character that is no byte is a bug', () => {
  expect(() => toSql('☃')).toThrow('one byte a character');
});
