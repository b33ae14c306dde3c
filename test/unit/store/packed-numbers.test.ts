// How the columns of ended elements lie in the database.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packColumns, unpackColumns } from '../../../src/store/packed-numbers.ts';

const number = fc.oneof(
  fc.maxSafeNat().map((n) => n % 2 ** 49),
  fc.integer(),
  fc.constant(Number.NaN),
);

test('whole numbers and absent ones come back as they were', () => {
  fc.assert(
    fc.property(fc.array(number), fc.array(number), (one, other) => {
      const count = Math.min(one.length, other.length);
      const columns = [one.slice(0, count), other.slice(0, count)];
      const found: number[][] = [[], []];
      unpackColumns(packColumns(columns), count, found);
      expect(found).toEqual(columns);
    }),
  );
});

test('the largest steps fit', () => {
  const column = [2 ** 49 - 1, -(2 ** 49) + 1, Number.NaN, -(2 ** 49) + 1, 0];
  const found: number[] = [];
  unpackColumns(packColumns([column]), column.length, [found]);
  expect(found).toEqual(column);
});

test('fractions are rounded', () => {
  const found: number[] = [];
  unpackColumns(packColumns([[1.4, 1.6, -1.6]]), 3, [found]);
  expect(found).toEqual([1, 2, -2]);
});

test('neighbours that are alike take a byte each', () => {
  const column = Array.from({ length: 1000 }, (_, i) => 1.7e12 + i * 20);
  expect(packColumns([column]).length).toBeLessThan(1010);
});
