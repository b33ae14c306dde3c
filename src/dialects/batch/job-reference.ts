// How clients name jobs: `UUID`, `UUID:INDEX`, or the ARN of either.

import type { JobId } from '../../model/ids.ts';
import { hasIndex, indexRange } from '../../model/index-set.ts';
import type { JobRef } from '../../model/selection.ts';
import type { Site } from '../../model/site.ts';
import type { JobView } from '../../model/view.ts';
import { nameIn } from './arn.ts';
import { batchJobId, jobOfBatchId } from './job-id.ts';

/** A job, or a child of an array. */
export interface JobReference {
  readonly job: JobId;
  readonly index?: number;
}

/** Reads an id; undefined: no job of this installation is called so. */
export function jobReference(text: string, site: Site): JobReference | undefined {
  const [, uuid, digits] = /^([^:]*)(?::([0-9]{1,9}))?$/s.exec(nameIn('job', text)) ?? [];
  const job = uuid === undefined ? undefined : jobOfBatchId(uuid, site);
  if (job === undefined) return undefined;
  return digits === undefined ? { job } : { job, index: Number(digits) };
}

/** The same for a selection. */
export function refOf({ job, index }: JobReference): JobRef {
  return index === undefined ? { job } : { job, elements: indexRange(index, index) };
}

/** The id of a view: a child has its array's with its index behind it. */
export function batchIdOf(view: JobView, site: Site): string {
  const id = batchJobId(view.base, site);
  return view.element === undefined ? id : `${id}:${view.element}`;
}

/**
 * The view of the job among the views of its number, a waiting child made out of its array's view.
 */
export function viewAmong(
  views: readonly JobView[],
  { job, index }: JobReference,
): JobView | undefined {
  if (index === undefined) {
    // A child that started has a number of its own beside its array's.
    const child = views.find((view) => view.id === job && view.base !== job);
    return child ?? parentAmong(views.filter((view) => view.base === job));
  }
  const own = views.find((view) => view.base === job && view.element === index);
  if (own !== undefined) return own;
  const rest = views.find((view) => view.base === job && view.waiting !== undefined);
  if (rest?.waiting === undefined || !hasIndex(rest.waiting, index)) return undefined;
  const { waiting: _waiting, ...child } = rest;
  return { ...child, element: index };
}

/**
 * The one view that stands for a job: its own, or for an array that of its waiting rest, or, where
 * nothing waits any more, what its children say of it.
 */
export function parentAmong(views: readonly JobView[]): JobView | undefined {
  const whole = views.find((view) => view.element === undefined);
  const first = whole ?? views[0];
  if (first?.array === undefined) return first;
  const { element: _element, outcome: _outcome, startedAt: _startedAt, ...rest } = first;
  const parent = { ...rest, id: rest.base, attempt: 0, earlierAttempts: [] };
  const { pending, running } = first.array;
  // A cancelled array keeps the number of those that never started.
  if (whole?.state !== 'finished' && pending + running > 0) return { ...parent, state: 'pending' };
  const ends = views.map((view) => view.endedAt ?? first.submittedAt);
  return {
    ...parent,
    state: 'finished',
    endedAt: ends.reduce((latest, end) => (end > latest ? end : latest)),
    ...(whole?.outcome === undefined ? {} : { outcome: whole.outcome }),
  };
}
