// Rows of the waiting elements of arrays: few at once, many only as they are taken.

import { expect, it } from 'vitest';
import { elementsOf, withElements } from '../../../../src/dialects/kit/array-rest.ts';
import { indexRange } from '../../../../src/model/index-set.ts';
import type { JobView } from '../../../../src/model/view.ts';
import { CoreWorld } from '../../../support/core-world.ts';

function arrayOf(size: number): JobView {
  const world = new CoreWorld();
  return world.view(world.submit({ array: { indices: indexRange(0, size - 1) } }));
}

it('a few elements are views of their own, beside jobs that are no arrays', () => {
  const world = new CoreWorld();
  const plain = world.view(world.submit());
  const views = withElements([plain, arrayOf(3)]);
  expect(views.map(({ element }) => element)).toEqual([undefined, 0, 1, 2]);
  expect(views.every(({ waiting }) => waiting === undefined)).toBe(true);
});

it('millions stay one view, whose elements are made one after another', () => {
  const views = withElements([arrayOf(4_000_000)]);
  expect(views.length).toBe(1);
  const elements = elementsOf(views[0] as JobView);
  expect([elements.next().value?.element, elements.next().value?.element]).toEqual([0, 1]);
});
