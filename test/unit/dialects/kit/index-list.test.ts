// Index lists as Slurm reads and writes them (recorded: 03-sbatch-invalid/array-*).

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatIndices,
  parseIndexList,
  parseIndices,
} from '../../../../src/dialects/kit/index-list.ts';
import { indexCount, indexSetOf, indicesOf } from '../../../../src/model/index-set.ts';

describe('an index list', () => {
  test.each<[string, string, number | undefined]>([
    ['1-10:2', '1,3,5,7,9', undefined],
    ['0-1000', '0-1000', undefined],
    ['1,1,2', '1-2', undefined],
    ['1,,2', '1-2', undefined],
    [' 1-3', '1-3', undefined],
    ['[1-3]', '1-3', undefined],
    ['1-3:20', '1', undefined],
    ['1-3,7-9:2%1', '1-3,7,9', 1],
    ['1-3%1,5', '1-3,5', 1],
    ['1-10%', '1-10', undefined],
    ['1-10%0', '1-10', undefined],
    ['1-10%x', '1-10', undefined],
    ['5-7,1-2', '1-2,5-7', undefined],
    ['2-20:3', '2-20:3', undefined],
    ['1-3,5,7-20:2,30-90', '1-3,5,7,9,11,13,15,17,19,30-90', undefined],
    ['', '', undefined],
  ])('%j is %s', (text, written, limit) => {
    const list = parseIndexList(text);
    expect(list && formatIndices(list.indices)).toBe(written);
    expect(list?.limit).toBe(limit);
  });

  test.each(['abc', '1-', '-1', '10-1', '1-10:0', '1-2-3', '1:2', '1-99999999999', '1;2'])(
    '%j is malformed',
    (text) => {
      expect(parseIndexList(text)).toBeUndefined();
    },
  );

  test('of a million elements is one run', () => {
    const indices = parseIndices('0-999999') ?? [];
    expect(indices.length).toBe(1);
    expect(indexCount(indices)).toBe(1_000_000);
  });

  test('too large to be merged is malformed instead of slow', () => {
    expect(parseIndices('0-2000000000:2,1-1999999999:3')).toBeUndefined();
  });

  test('reads what it writes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 60 }), (numbers) => {
        const read = parseIndices(formatIndices(indexSetOf(numbers))) ?? [];
        expect([...indicesOf(read)]).toEqual([...numbers].sort((a, b) => a - b));
      }),
    );
  });
});
