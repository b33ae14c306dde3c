// Cells and layouts of listings.

import { describe, expect, test } from 'vitest';
import {
  type Column,
  cell,
  formatHeader,
  formatRow,
} from '../../../../src/dialects/kit/columns.ts';

describe('a cell', () => {
  test.each([
    ['is filled on the right', { width: 5, alignRight: false }, 'ab', 'ab   '],
    ['is filled on the left', { width: 5, alignRight: true }, 'ab', '   ab'],
    ['is cut', { width: 3, alignRight: true }, 'abcdef', 'abc'],
    ['is cut with a mark', { width: 3, alignRight: true, cutMark: '+' }, 'abcdef', 'ab+'],
    ['may stay whole', { width: 3, alignRight: true, neverCut: true }, 'abcdef', 'abcdef'],
    ['of width 0 is as wide as its text', { width: 0, alignRight: true }, 'abcdef', 'abcdef'],
  ])('%s', (_what, column, text, expected) => {
    expect(cell(column, text)).toBe(expected);
  });
});

describe('a layout', () => {
  const column = (before: string, header: string, width: number): Column<string> => ({
    before,
    header,
    width,
    alignRight: true,
    neverCut: true,
    value: (row) => row,
  });
  const layout = { columns: [column('[', 'NAME', 3), column('] ', 'N', 2)], after: '.' };

  test('puts text before, between and after its cells', () => {
    expect(formatRow(layout, 'x')).toBe('[  x]  x.');
  });

  test('cuts its headers, also where values stay whole', () => {
    expect(formatHeader(layout)).toBe('[NAM]  N.');
    expect(formatRow(layout, 'value')).toBe('[value] value.');
  });
});
