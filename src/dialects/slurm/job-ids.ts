// Job ids as users write and read them: `12`, `12_3`, `12_[1-3,7%2]`, `12_3.batch`, `12+1`.

import { splitOutsideBrackets } from '../../base/hostlist.ts';
import { type JobId, jobId } from '../../model/ids.ts';
import { type IndexSet, indexRange } from '../../model/index-set.ts';
import type { JobRef } from '../../model/selection.ts';
import type { JobView } from '../../model/view.ts';
import { formatIndices, parseIndices } from '../kit/index-list.ts';

/** An id with what stands behind its point. */
export interface WrittenId {
  readonly ref: JobRef;
  readonly step?: string;
}

/** Reads one id; undefined: none. */
export function parseJobId(text: string): WrittenId | undefined {
  const match = /^(\d{1,10})(?:_(\d{1,10}|\*|\[[^\]]*\]))?(?:\.(\w+))?$/.exec(text.trim());
  if (match === null || Number(match[1]) === 0) return undefined;
  const [, id = '', index, step] = match;
  const elements = index === undefined || index === '*' ? undefined : elementsOf(index);
  if (elements === 'malformed') return undefined;
  const job = jobId(Number(id));
  return {
    ref: elements === undefined ? { job } : { job, elements },
    ...(step === undefined ? {} : { step }),
  };
}

/** Reads a list joined by commas outside of brackets; the first bad one is the complaint. */
export function parseJobIds(text: string): readonly WrittenId[] | { readonly bad: string } {
  const ids: WrittenId[] = [];
  for (const part of splitOutsideBrackets(text)) {
    if (part === '') continue;
    const id = parseJobId(part);
    if (id === undefined) return { bad: part };
    ids.push(id);
  }
  return ids;
}

/**
 * `12`, `12_3`; `12_[4-9%2]` for the waiting rest of an array, its list cut as SLURM_BITSTR_LEN
 * says.
 */
export function writtenId(view: JobView, listLength: number): string {
  if (view.element !== undefined) return `${view.base}_${view.element}`;
  const list = waitingList(view, listLength);
  return list === undefined ? String(view.id) : `${view.base}_[${list}]`;
}

/** A reference as scancel names it in its messages. */
export function writtenRef({ job, elements }: JobRef): string {
  if (elements === undefined) return String(job);
  const list = formatIndices(elements);
  return /^\d+$/.test(list) ? `${job}_${list}` : `${job}_[${list}]`;
}

/** `4-9%2`: the indices that wait, with the array's limit. */
export function waitingList(view: JobView, listLength: number): string | undefined {
  if (view.element !== undefined || view.waiting === undefined) return undefined;
  const limit = view.request.array?.limit;
  const list = cut(
    formatIndices(view.waiting, listLength === 0 ? undefined : listLength),
    listLength,
  );
  return limit === undefined ? list : `${list}%${limit}`;
}

/** Whether a listing asked for this id should show the view. */
export function refMatches(ref: JobRef, view: JobView): boolean {
  const isNamed = ref.job === view.base || (ref.job as JobId) === view.id;
  if (!isNamed || ref.elements === undefined) return isNamed;
  const { element } = view;
  if (element === undefined) return true;
  return ref.elements.some(
    (run) =>
      element >= run.first &&
      element < run.first + run.count * run.step &&
      (element - run.first) % run.step === 0,
  );
}

function elementsOf(text: string): IndexSet | 'malformed' {
  if (/^\d+$/.test(text)) return indexRange(Number(text), Number(text));
  const list = parseIndices(text.slice(1, -1).split('%')[0] ?? '');
  return list === undefined || list.length === 0 ? 'malformed' : list;
}

/** Cut at the last comma that leaves room for `,...`; 0: never. */
function cut(list: string, length: number): string {
  if (length === 0 || list.length < length - 3) return list;
  const comma = list.lastIndexOf(',', length - 5);
  return comma < 0 ? list : `${list.slice(0, comma)},...`;
}
