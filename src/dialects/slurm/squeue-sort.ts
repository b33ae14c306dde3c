// The order of squeue's rows (squeue(1) --sort; recorded: 08-squeue/sort-*). Keys are computed once
// a row, not once a comparison. Equal rows keep the order in which they came.

import type { Instant } from '../../base/brand.ts';
import type { JobView } from '../../model/view.ts';
import type { JobColumn } from './job-columns.ts';
import { JOB_COLUMNS, type ListingContext } from './job-columns.ts';
import {
  cpuCount,
  elapsedMs,
  endOrExpected,
  memoryMib,
  nodeCount,
  priorityOf,
  startOrExpected,
} from './job-facts.ts';

/** One key of an order. */
export interface SortKey {
  readonly key: (view: JobView, context: ListingContext) => number | string;
  readonly descending: boolean;
}

const LAST = Number.MAX_SAFE_INTEGER;
const timeKey = (at: Instant | 'never' | undefined) =>
  at === 'never' || at === undefined ? LAST : at;

/** Letters whose order is that of a number; all others sort by their text. */
const NUMBERS: Readonly<Record<string, SortKey['key']>> = {
  A: (view) => view.id,
  C: cpuCount,
  D: nodeCount,
  e: (view, { now }) => timeKey(endOrExpected(view, now)),
  F: (view) => view.base,
  i: (view) => view.base,
  K: (view) => view.element ?? LAST,
  L: (view, { now }) => (view.request.limits.wallTimeMs ?? LAST) - elapsedMs(view, now),
  l: (view) => view.request.limits.wallTimeMs ?? LAST,
  M: (view, { now }) => elapsedMs(view, now),
  m: memoryMib,
  p: priorityOf,
  Q: priorityOf,
  S: (view, { now }) => timeKey(startOrExpected(view, now)),
  U: (view) => view.owner.uid,
  V: (view) => view.submittedAt,
  y: (view) => view.request.nice ?? 0,
};

/** `P,t,-p`; a string is the letter that is none. */
export function readSort(text: string): readonly SortKey[] | string {
  const keys: SortKey[] = [];
  for (const [, sign, letter = ''] of text.matchAll(/([+-]?)([^,+-])/g)) {
    const column = JOB_COLUMNS.find((known) => known.letter === letter);
    if (column === undefined) return letter;
    const key = NUMBERS[letter] ?? textOf(column);
    keys.push({ key, descending: sign === '-' });
    // Elements of one array follow each other by their index.
    if (letter === 'i')
      keys.push({ key: (view) => view.element ?? LAST, descending: sign === '-' });
  }
  return keys;
}

function textOf(column: JobColumn): SortKey['key'] {
  // The compact state sorts as the long one does.
  const long = column.letter === 't' ? JOB_COLUMNS.find((other) => other.letter === 'T') : column;
  return (view, context) => (long ?? column).value(view, context);
}

/** The views in the order of the keys. */
export function sorted(
  views: readonly JobView[],
  keys: readonly SortKey[],
  context: ListingContext,
): readonly JobView[] {
  const rows = views.map((view) => ({ view, values: keys.map(({ key }) => key(view, context)) }));
  rows.sort((a, b) => {
    for (let i = 0; i < keys.length; i++) {
      const x = a.values[i] as number | string;
      const y = b.values[i] as number | string;
      if (x !== y) return x < y === (keys[i]?.descending === true) ? 1 : -1;
    }
    return 0;
  });
  return rows.map(({ view }) => view);
}
