// Pages of a job's output: nothing is lost, doubled or torn, in either direction.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesIn, placeOf } from '../../../src/dialects/batch/log-lines.ts';
import type { OutputPart } from '../../../src/dialects/kit/dialog.ts';

const WINDOW = 8;

function part(whole: Buffer, from: number, until = whole.length): OutputPart {
  return {
    kind: 'outputPart',
    from,
    bytes: whole.subarray(from, Math.min(until, from + WINDOW)),
    size: whole.length,
  };
}

/** All pages one way, each of at most two lines. */
function pages(whole: Buffer, which: 'first' | 'last', grows = false): string[][] {
  const found: string[][] = [];
  let at = which === 'first' ? 0 : whole.length;
  for (let turns = 0; turns < 100; turns++) {
    const from = which === 'first' ? at : Math.max(0, at - WINDOW);
    const page = linesIn(part(whole, from, which === 'first' ? undefined : at), {
      which,
      most: 2,
      grows,
    });
    if (page.texts.length === 0) return found;
    found.push([...page.texts]);
    at = which === 'first' ? page.until : page.from;
  }
  throw new Error('no end');
}

const output = fc.array(fc.stringMatching(/^[a-z]{0,5}$/), { maxLength: 12 });

test('pages forward are the lines in order, and pages backward the same from the end', () => {
  fc.assert(
    fc.property(output, (lines) => {
      const whole = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      expect(pages(whole, 'first').flat()).toEqual(lines);
      expect(pages(whole, 'last').toReversed().flat()).toEqual(lines);
    }),
  );
});

test('a line without an end is held back while the job may go on with it', () => {
  const whole = Buffer.from('one\ntw');
  expect(pages(whole, 'first', true)).toEqual([['one']]);
  expect(pages(whole, 'first', false)).toEqual([['one', 'tw']]);
});

test('a line longer than a page is cut, and nothing of it is lost', () => {
  const whole = Buffer.from(`${'x'.repeat(20)}\nend\n`);
  expect(pages(whole, 'first').flat().join('')).toBe(`${'x'.repeat(20)}end`);
});

test('only our own tokens are places', () => {
  expect(placeOf('f/12')).toEqual({ from: 12 });
  expect(placeOf('b/0')).toEqual({ until: 0 });
  for (const token of ['', 'f/', 'f/-1', 'x/1', 'f/1e3', `f/${'9'.repeat(16)}`]) {
    expect(placeOf(token)).toBeUndefined();
  }
});
