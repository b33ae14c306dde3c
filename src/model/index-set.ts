// A set of array indices as runs `first, first+step, … ≤ last`, in ascending order, without
// overlap. A million-element array is one run. Immutable.

/** `count` indices from `first`, `step` apart. */
export interface IndexRun {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** Indices in ascending order. */
export type IndexSet = readonly IndexRun[];

/** The set of all indices from `first` to `last`, `step` apart. */
export function indexRange(first: number, last: number, step = 1): IndexSet {
  return last < first ? [] : [{ first, step, count: Math.floor((last - first) / step) + 1 }];
}

/** How many indices the set holds. */
export function indexCount(set: IndexSet): number {
  let count = 0;
  for (const run of set) count += run.count;
  return count;
}

/** Whether the set holds `index`. */
export function hasIndex(set: IndexSet, index: number): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((set[middle] as IndexRun).first <= index) low = middle + 1;
    else high = middle;
  }
  const run = set[low - 1];
  return run !== undefined && index <= lastOf(run) && (index - run.first) % run.step === 0;
}

/** Every index, ascending. */
export function* indicesOf(set: IndexSet): Generator<number> {
  for (const run of set) {
    for (let i = 0; i < run.count; i++) yield run.first + i * run.step;
  }
}

/** The `count` lowest indices. */
export function takeLowest(set: IndexSet, count: number): IndexSet {
  const taken: IndexRun[] = [];
  let left = count;
  for (const run of set) {
    if (left === 0) break;
    const some = Math.min(left, run.count);
    taken.push(some === run.count ? run : { ...run, count: some });
    left -= some;
  }
  return taken;
}

/** The set without its `count` lowest indices. */
export function dropLowest(set: IndexSet, count: number): IndexSet {
  let left = count;
  const kept: IndexRun[] = [];
  for (const run of set) {
    if (left >= run.count) {
      left -= run.count;
      continue;
    }
    kept.push(
      left === 0
        ? run
        : { first: run.first + left * run.step, count: run.count - left, step: run.step },
    );
    left = 0;
  }
  return kept;
}

/** The set without the indices of another one. */
export function withoutIndices(set: IndexSet, other: IndexSet): IndexSet {
  const kept: IndexRun[] = [];
  const removed = indicesOf(other);
  let next = removed.next();
  for (const run of set) {
    const last = lastOf(run);
    let { first } = run;
    for (; next.done !== true && next.value <= last; next = removed.next()) {
      const index = next.value;
      if (index < first || (index - first) % run.step !== 0) continue;
      kept.push(...indexRange(first, index - run.step, run.step));
      first = index + run.step;
    }
    kept.push(...indexRange(first, last, run.step));
  }
  return kept;
}

/** What both sets hold. Costs what their runs do, except where two runs with steps overlap. */
export function commonIndices(one: IndexSet, other: IndexSet): IndexSet {
  const common: IndexRun[] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const [a, b] = [one[i] as IndexRun, other[j] as IndexRun];
    const overlap = a.step === 1 ? clipped(b, a) : clipped(a, b);
    if (a.step === 1 || b.step === 1) common.push(...overlap);
    else
      for (const index of indicesOf(overlap)) if (hasIndex([b], index)) common.push(single(index));
    if (lastOf(a) < lastOf(b)) i++;
    else j++;
  }
  return common;
}

/** The part of the run between the first and the last index of another. */
function clipped(run: IndexRun, { first, ...rest }: IndexRun): IndexSet {
  const skipped = Math.max(0, Math.ceil((first - run.first) / run.step));
  const last = Math.min(lastOf(run), lastOf({ first, ...rest }));
  return indexRange(run.first + skipped * run.step, last, run.step);
}

function single(first: number): IndexRun {
  return { first, count: 1, step: 1 };
}

/** The set of the given numbers; runs of equal distance are found. */
export function indexSetOf(numbers: Iterable<number>): IndexSet {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const runs: IndexRun[] = [];
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i] as number;
    const step = Math.max(1, (sorted[i + 1] ?? first + 1) - first);
    let count = 1;
    while (sorted[i + count] === first + count * step) count++;
    // Two numbers far apart are no run: leave the second to the next one.
    if (count === 2 && step > 1) count = 1;
    runs.push({ first, count, step: count === 1 ? 1 : step });
    i += count;
  }
  return runs;
}

function lastOf(run: IndexRun): number {
  return run.first + (run.count - 1) * run.step;
}
