// The tests themselves: none is switched off, none asserts nothing, none waits for time to pass.

import { describe, expect, test } from 'vitest';
import { findAll, placeOf, type Source, sourceOf, sourcesIn } from './sources.ts';

/** Tests may be left out by this file's conditions alone, which are counted in the summary. */
const CONDITIONS = 'test/support/conditions.ts';

const SWITCHED_OFF = /\b(test|it|describe|suite)\.(only|skip|todo|skipIf|runIf|fails)\b/g;
const MODULE_MOCKS = /\bvi\.(mock|doMock|hoisted)\b/g;
const SLEEPS = /\b(setTimeout|sleep|delay)\(\s*(\w+,\s*)?[0-9_]{3,}\s*\)/g;

function switchedOff(source: Source): string[] {
  if (source.path === CONDITIONS) return [];
  return [
    ...findAll(source, source.code, SWITCHED_OFF, 'switches a test off or singles one out'),
    ...findAll(source, source.code, MODULE_MOCKS, 'replaces a module'),
    ...findAll(source, source.code, SLEEPS, 'waits for time to pass'),
  ];
}

/** Anything that can fail by what it finds, or wait in vain (`until`, `once`) and run out of time. */
const ASSERTS = /\b(expect|assert|check|verif|picture|describe[A-Z])\w*\b|\b(until|once)\b/;

function emptyTests(source: Source): string[] {
  const starts = [...source.code.matchAll(/(?<![\w.])(test|it)(\.each(<[^(]*>)?)?\s*\(/g)];
  return starts.flatMap((match) => {
    let open = match.index + match[0].length - 1;
    let end = closing(source.code, open);
    // Behind `.each(table)` comes the call with the name.
    if (match[2] !== undefined) {
      open = source.code.indexOf('(', end);
      end = closing(source.code, open);
    }
    const body = source.code.slice(open, end);
    const name = /^\(\s*(['"`])(.*?)\1/s.exec(source.text.slice(open, end))?.[2];
    const place = placeOf(source, match.index);
    return [
      ...(ASSERTS.test(body) ? [] : [`${place} asserts nothing`]),
      ...(name !== undefined && !/^[%$]|\S.*\s.*\S|^\S{3,}$/.test(name)
        ? [`${place} has no name`]
        : []),
    ];
  });
}

/** The offset behind the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return code.length;
}

const all = sourcesIn('test').filter((source) => source.path !== 'test/tidy/tests.test.ts');

describe('the tests', () => {
  test('are all switched on, and wait for conditions instead of time', () => {
    expect(all.flatMap(switchedOff)).toEqual([]);
  });

  test('have names and assert something', () => {
    const files = all.filter((source) => source.path.endsWith('.test.ts'));
    expect(files.flatMap(emptyTests)).toEqual([]);
  });
});

describe('the rules notice', () => {
  const source = (text: string) => sourceOf('test/unit/a.test.ts', text);
  test.each<[string, string]>([
    ['a test that is skipped', "test.skip('a', () => {});"],
    ['a test that is singled out', "describe.only('a', () => {});"],
    ['a replaced module', "vi.mock('./a.ts');"],
    ['a sleep', 'await new Promise((done) => setTimeout(done, 500));'],
  ])('%s', (_, text) => {
    expect(switchedOff(source(text))).toHaveLength(1);
  });

  test('a test that asserts nothing, also one of a table', () => {
    expect(emptyTests(source("test('runs', () => { f(); });"))).toHaveLength(1);
    expect(emptyTests(source("test.each([[1]])('runs %s', (n) => { f(n); });"))).toHaveLength(1);
    expect(emptyTests(source("test('is one', () => { expect(f()).toBe(1); });"))).toEqual([]);
  });

  test('a test without a name', () => {
    expect(emptyTests(source("test('', () => { expect(1).toBe(1); });"))).toHaveLength(1);
  });
});
