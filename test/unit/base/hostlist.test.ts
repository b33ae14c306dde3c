// Host lists: what stands for what, and that both directions agree.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressCounts, compressHostlist, expandHostlist } from '../../../src/base/hostlist.ts';

describe('expanding', () => {
  test.each<[string, string[] | undefined]>([
    ['n1', ['n1']],
    ['n[1-3]', ['n1', 'n2', 'n3']],
    ['n[001-003,7],login', ['n001', 'n002', 'n003', 'n7', 'login']],
    ['r[1-2]n[1-2]', ['r1n1', 'r1n2', 'r2n1', 'r2n2']],
    ['n[09-11]', ['n09', 'n10', 'n11']],
    ['', []],
    ['a,,b', ['a', 'b']],
    ['n[1-3', undefined],
    ['n1-3]', undefined],
    ['n[3-1]', undefined],
    ['n[x]', undefined],
    ['n[]', undefined],
    ['n[0-99999]', undefined],
    ['n[1-60000],m[1-60000]', undefined],
  ])('%j', (text, names) => {
    expect(expandHostlist(text)).toEqual(names);
  });

  test('a hostile expression is refused or expanded, and never takes the process with it', () => {
    const hostile = [
      'n[1-9999]'.repeat(3),
      'n[0-9]'.repeat(9),
      '[1]'.repeat(300),
      '['.repeat(5000),
    ];
    for (const text of hostile) expect((expandHostlist(text) ?? []).length).toBeLessThan(65_537);
  });
});

describe('compressing', () => {
  test.each<[string[], string]>([
    [['n1'], 'n1'],
    [['n3', 'n1', 'n2'], 'n[1-3]'],
    [['n1', 'n3', 'login'], 'n[1,3],login'],
    [['n008', 'n009', 'n010'], 'n[008-010]'],
    [['n1', 'n1'], 'n1'],
    [[], ''],
  ])('%j', (names, text) => {
    expect(compressHostlist(names)).toBe(text);
  });

  test('what was compressed expands to the same names', () => {
    const name = fc.tuple(
      fc.constantFrom('n', 'node-', 'r1n', ''),
      fc.oneof(
        fc.nat(12).map(String),
        fc.nat(120).map((n) => String(n).padStart(3, '0')),
      ),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 30 }), (parts) => {
        const names = parts.map(([prefix, digits]) => `${prefix}${digits}`);
        const expanded = expandHostlist(compressHostlist(names)) ?? [];
        expect(expanded.toSorted()).toEqual([...new Set(names)].toSorted());
      }),
    );
  });
});

test('equal neighbours among counts are folded', () => {
  expect(compressCounts([4, 4, 4, 8])).toBe('4(x3),8');
  expect(compressCounts([])).toBe('');
});
