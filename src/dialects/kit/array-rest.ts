// The waiting elements of arrays as rows of their own. A listing of a few is made at once; one of
// millions only as it is written, or it would stop everybody else meanwhile.

import { indexCount, indicesOf } from '../../model/index-set.ts';
import type { JobView } from '../../model/view.ts';

/** Up to so many elements are sorted among the other rows; more stay together. */
const MOST_AT_ONCE = 20_000;

/** The views with every waiting element as one of its own, unless there are very many. */
export function withElements(views: readonly JobView[]): readonly JobView[] {
  let count = 0;
  for (const { waiting } of views) if (waiting !== undefined) count += indexCount(waiting);
  return count > MOST_AT_ONCE ? views : views.flatMap((view) => [...elementsOf(view)]);
}

/** Each element that the view stands for. */
export function* elementsOf(view: JobView): Generator<JobView, void, void> {
  const { waiting, ...shared } = view;
  if (waiting === undefined) yield view;
  else for (const element of indicesOf(waiting)) yield { ...shared, element };
}
