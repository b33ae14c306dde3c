// What a name with stars in it matches.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { namePattern } from '../../../src/store/name-pattern.ts';

test('a star stands for any text, also none', () => {
  const table: [pattern: string, name: string, isMatch: boolean][] = [
    ['job', 'job', true],
    ['job', 'jobs', false],
    ['job*', 'job', true],
    ['*job', 'a job', true],
    ['*', '', true],
    ['**', 'x', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-c-b-c', true],
    ['a*b*c', 'a-c-c', false],
    ['*ab*ab', 'ab', false],
    ['?', 'x', false],
    ['[a]', 'a', false],
    ['A*', 'a', false],
  ];
  for (const [pattern, name, isMatch] of table) {
    expect([pattern, name, namePattern(pattern)(name)]).toEqual([pattern, name, isMatch]);
  }
});

test('it agrees with a regular expression', () => {
  const few = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 }).map((c) => c.join(''));
  fc.assert(
    fc.property(few, few, (pattern, name) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(namePattern(pattern)(name)).toBe(expression.test(name));
    }),
  );
});
