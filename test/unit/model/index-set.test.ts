// The laws of index sets, against plain sets of numbers.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commonIndices,
  dropLowest,
  hasIndex,
  indexCount,
  indexRange,
  indexSetOf,
  indicesOf,
  takeLowest,
  withoutIndices,
} from '../../../src/model/index-set.ts';

const numbers = fc.array(fc.nat({ max: 60 }), { maxLength: 40 });
const sorted = (list: readonly number[]) => [...new Set(list)].sort((a, b) => a - b);

describe('an index set', () => {
  test('holds exactly the numbers that it was made of, in order', () => {
    fc.assert(
      fc.property(numbers, (list) => {
        const set = indexSetOf(list);
        expect([...indicesOf(set)]).toEqual(sorted(list));
        expect(indexCount(set)).toBe(sorted(list).length);
        for (let n = 0; n <= 61; n++) expect(hasIndex(set, n)).toBe(list.includes(n));
      }),
    );
  });

  test('is split by count into its lowest and its highest', () => {
    fc.assert(
      fc.property(numbers, fc.nat({ max: 50 }), (list, count) => {
        const set = indexSetOf(list);
        const all = sorted(list);
        expect([...indicesOf(takeLowest(set, count))]).toEqual(all.slice(0, count));
        expect([...indicesOf(dropLowest(set, count))]).toEqual(all.slice(count));
      }),
    );
  });

  test('loses what another holds and keeps the others', () => {
    fc.assert(
      fc.property(numbers, numbers, (list, other) => {
        const left = withoutIndices(indexSetOf(list), indexSetOf(other));
        expect([...indicesOf(left)]).toEqual(sorted(list).filter((one) => !other.includes(one)));
      }),
    );
  });

  test('has in common with another what both hold', () => {
    fc.assert(
      fc.property(numbers, numbers, (list, other) => {
        const common = commonIndices(indexSetOf(list), indexSetOf(other));
        expect([...indicesOf(common)]).toEqual(sorted(list).filter((one) => other.includes(one)));
      }),
    );
  });

  test('of a range is one run, however long', () => {
    expect(indexRange(1, 1_000_000)).toEqual([{ first: 1, count: 1_000_000, step: 1 }]);
    expect(indexRange(0, 9, 4)).toEqual([{ first: 0, count: 3, step: 4 }]);
    expect(indexRange(5, 4)).toEqual([]);
    expect(indexSetOf([3, 6, 9, 12])).toEqual([{ first: 3, count: 4, step: 3 }]);
  });
});
