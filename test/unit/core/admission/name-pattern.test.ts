// Names with stars, as selections hold them.

import { expect, test } from 'vitest';
import { matcher } from '../../../../src/core/admission/select.ts';
import { CoreWorld } from '../../../support/core-world.ts';

function isMatched(name: string, namePattern: string): boolean {
  const world = new CoreWorld();
  const job = world.state.jobs.get(world.submit({ name }));
  if (job === undefined) throw new Error('no job');
  return matcher({ namePattern })(job);
}

test.each<[string, string, boolean]>([
  ['abc', 'abc', true],
  ['abc', 'ab', false],
  ['abc', '*', true],
  ['abc', 'a*', true],
  ['abc', '*c', true],
  ['abc', '*b*', true],
  ['abc', 'a*b*c', true],
  ['abc', 'a*c*b', false],
  ['aba', 'ab*ba', false],
  ['abba', 'ab*ba', true],
  ['a.c', 'a.*', true],
  ['abc', 'a.*', false],
  ['', '*', true],
  ['two\nlines', 'two*lines', true],
])('%j against %j is %s', (name, pattern, wanted) => {
  expect(isMatched(name, pattern)).toBe(wanted);
});

test('many stars do not take long on a long name', () => {
  const before = process.cpuUsage();
  expect(isMatched('a'.repeat(4000), `${'*a'.repeat(200)}*b`)).toBe(false);
  expect(process.cpuUsage(before).user).toBeLessThan(300_000);
});
