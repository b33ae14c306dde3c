// Index lists, `1-10:2,15,20-22%3`: the elements of a job array and how many of them may run at
// once. Reads what Slurm reads (blanks, brackets and doubled commas are taken, a bad limit is none)
// and writes what Slurm writes.

import {
  type IndexSet,
  indexCount,
  indexRange,
  indexSetOf,
  indicesOf,
} from '../../model/index-set.ts';

/** The largest index that an expression may name, whatever the site allows. */
const INDEX_LIMIT = 2 ** 31 - 2;
/** Above so many indices a list of several ranges is not merged one by one. */
const MERGE_LIMIT = 200_000;

/** What an expression means. */
export interface IndexList {
  readonly indices: IndexSet;
  readonly limit?: number;
}

/** undefined: malformed. An empty text is an empty set. */
export function parseIndexList(text: string): IndexList | undefined {
  const [list = '', ...behind] = text.trim().split('%');
  const limit = behind.length === 0 ? 0 : Number.parseInt(behind[0] ?? '', 10);
  // Slurm takes the limit out wherever it stands: `1-3%1,5` is `1-3,5%1`.
  const after = behind.join('%');
  const rest = after.includes(',') ? after.slice(after.indexOf(',')) : '';
  const indices = parseIndices(`${list}${rest}`.replace(/^\[(.*)\]$/, '$1'));
  if (indices === undefined) return undefined;
  return limit > 0 ? { indices, limit } : { indices };
}

/** The set of `1-3,7-9:2`; undefined: malformed. */
export function parseIndices(text: string): IndexSet | undefined {
  const ranges: IndexSet[] = [];
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const range = parseRange(part.trim());
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  if (ranges.length <= 1) return ranges[0] ?? [];
  const all = ranges.flat().sort((a, b) => a.first - b.first);
  if (isApart(all)) return tidied(all);
  if (indexCount(all) > MERGE_LIMIT) return undefined;
  return indexSetOf(ranges.flatMap((range) => [...indicesOf(range)]));
}

/**
 * As Slurm writes it: `1-3,5`; `2-20:3` only for a long run of one step. `enough` characters end it
 * early.
 */
export function formatIndices(set: IndexSet, enough = Number.POSITIVE_INFINITY): string {
  const [only] = set;
  if (set.length === 1 && only !== undefined && only.step > 1) {
    const last = only.first + (only.count - 1) * only.step;
    if (last - only.first > 10) return `${only.first}-${last}:${only.step}`;
  }
  let text = '';
  for (const [first, last] of spans(set)) {
    if (text.length > enough) break;
    text += `${text === '' ? '' : ','}${first === last ? first : `${first}-${last}`}`;
  }
  return text;
}

function parseRange(text: string): IndexSet | undefined {
  const [, from, to, by] = /^(\d{1,10})(?:-(\d{1,10})(?::(\d{1,10}))?)?$/.exec(text) ?? [];
  if (from === undefined) return undefined;
  const first = Number(from);
  const last = Number(to ?? from);
  const step = Number(by ?? 1);
  if (last < first || step < 1 || last > INDEX_LIMIT) return undefined;
  return indexRange(first, last, step);
}

function isApart(runs: IndexSet): boolean {
  return runs.every((run, i) => {
    const next = runs[i + 1];
    return next === undefined || run.first + (run.count - 1) * run.step < next.first;
  });
}

/** Neighbouring runs of step 1 joined. */
function tidied(runs: IndexSet): IndexSet {
  const kept: { first: number; count: number; step: number }[] = [];
  for (const run of runs) {
    const last = kept.at(-1);
    const step = run.count === 1 ? 1 : run.step;
    if (last?.step === 1 && step === 1 && last.first + last.count === run.first) {
      last.count += run.count;
    } else kept.push({ first: run.first, count: run.count, step });
  }
  return kept;
}

/** Unbroken stretches, first and last. */
function* spans(set: IndexSet): Generator<[number, number]> {
  let open: [number, number] | undefined;
  for (const run of set) {
    const pieces = run.step === 1 ? [[run.first, run.first + run.count - 1]] : singles(run);
    for (const [first = 0, last = 0] of pieces) {
      if (open !== undefined && open[1] + 1 === first) open[1] = last;
      else {
        if (open !== undefined) yield open;
        open = [first, last];
      }
    }
  }
  if (open !== undefined) yield open;
}

function* singles(run: { first: number; count: number; step: number }): Generator<number[]> {
  for (let i = 0; i < run.count; i++) {
    const index = run.first + i * run.step;
    yield [index, index];
  }
}
