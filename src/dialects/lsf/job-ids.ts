// Job ids as LSF's commands take and print them: `12`, `12[3]`, `12[1-10:2,15]`.

import { JOB_ID_MAX, type JobId, jobId } from '../../model/ids.ts';
import { type IndexRun, type IndexSet, indexSetOf } from '../../model/index-set.ts';
import type { JobRef } from '../../model/selection.ts';

/** What a word that should be a job id is, or LSF's complaint about it. */
export type ReadId =
  | { readonly kind: 'all' }
  | { readonly kind: 'ref'; readonly ref: JobRef; readonly text: string }
  | { readonly kind: 'bad'; readonly complaint: string };

/** Overlapping ranges with steps are spelled out, but no more indices than this. */
const MOST_SPELLED_OUT = 100_000;

/** Reads one word; `0` means all jobs. */
export function readId(word: string): ReadId {
  const parts = /^(\d+)(?:\[([^\]]*)\])?$/.exec(word);
  if (parts === null) return { kind: 'bad', complaint: `${word}: Illegal job ID.` };
  const number = Number(parts[1]);
  if (number === 0 && parts[2] === undefined) return { kind: 'all' };
  if (number > JOB_ID_MAX) return { kind: 'bad', complaint: `${word}: Illegal job ID.` };
  if (parts[2] === undefined) return { kind: 'ref', ref: { job: jobId(number) }, text: word };
  const elements = readIndexList(parts[2]);
  if (typeof elements === 'string') return { kind: 'bad', complaint: elements };
  return { kind: 'ref', ref: { job: jobId(number), elements }, text: word };
}

/** Reads `1-10:2,15`; a string is LSF's complaint. */
export function readIndexList(list: string): IndexSet | string {
  const runs: { first: number; count: number; step: number }[] = [];
  for (const part of list.split(',')) {
    const numbers = /^\s*(\d+)\s*(?:-\s*(\d+)\s*(?::\s*(\d+)\s*)?)?$/.exec(part);
    if (numbers === null) return `${list}: Bad job array index list.`;
    const first = Number(numbers[1]);
    const last = Number(numbers[2] ?? first);
    const step = Number(numbers[3] ?? 1);
    if (first === 0) return `${list}: Job Array index out of valid range.`;
    if (last < first || step === 0) return `${list}: Job Array index invalid range.`;
    const count = Math.floor((last - first) / step) + 1;
    runs.push({ first, count, step: count === 1 ? 1 : step });
  }
  runs.sort((a, b) => a.first - b.first);
  return isDisjoint(runs) ? runs : merged(runs, list);
}

/** `12` or `12[3]` or `12[1-4]`. */
export function idText(ref: JobRef): string {
  return ref.elements === undefined
    ? String(ref.job)
    : `${ref.job}[${indexListText(ref.elements)}]`;
}

/** An index set as LSF writes it. */
export function indexListText(set: IndexSet): string {
  return set
    .map(({ first, count, step }) => {
      if (count === 1) return String(first);
      const range = `${first}-${first + (count - 1) * step}`;
      return step === 1 ? range : `${range}:${step}`;
    })
    .join(',');
}

/** A job's or element's id as LSF's messages name it. */
export function elementId(base: JobId, element: number | undefined): string {
  return element === undefined ? String(base) : `${base}[${element}]`;
}

function isDisjoint(runs: IndexSet): boolean {
  return runs.every((run, i) => {
    const next = runs[i + 1];
    return next === undefined || run.first + (run.count - 1) * run.step < next.first;
  });
}

function merged(runs: IndexSet, list: string): IndexSet | string {
  if (runs.every(({ step }) => step === 1)) return joinedRuns(runs);
  const total = runs.reduce((sum, run) => sum + run.count, 0);
  if (total > MOST_SPELLED_OUT) return `${list}: Job Array index out of valid range.`;
  const numbers = new Set<number>();
  for (const run of runs) {
    for (let i = 0; i < run.count; i++) numbers.add(run.first + i * run.step);
  }
  return indexSetOf(numbers);
}

/** Runs without steps, sorted by their first index. */
function joinedRuns(runs: IndexSet): IndexSet {
  const joined: IndexRun[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const end = last === undefined ? 0 : last.first + last.count;
    if (last === undefined || run.first > end) joined.push(run);
    else {
      const count = Math.max(end, run.first + run.count) - last.first;
      joined[joined.length - 1] = { ...last, count };
    }
  }
  return joined;
}
