// Which jobs bjobs shows: what is asked of the engine, and what is picked from its answer.

import { type Instant, instant } from '../../../base/brand.ts';
import type { Query } from '../../../model/query.ts';
import type { JobRef, JobSelection, JobStateName } from '../../../model/selection.ts';
import { hasIndex } from '../../../model/index-set.ts';
import type { JobView, QueueView } from '../../../model/view.ts';
import type { Invocation } from '../../kit/dialog.ts';
import { readIndexList } from '../job-ids.ts';
import type { BjobsDraft } from './options.ts';

const STATES: Readonly<Record<'d' | 'p' | 'r' | 's', readonly JobStateName[]>> = {
  d: ['finished'],
  p: ['pending'],
  r: ['starting', 'running', 'completing'],
  s: ['pending'],
};

/** The question for the engine. Ids select jobs of all users in all states. */
export function jobsQuery(draft: BjobsDraft, refs: readonly JobRef[], call: Invocation): Query {
  const since = instant(call.now - call.site.cleanPeriodMs);
  const showsFinished = draft.isAll || draft.states.has('d') || refs.length > 0;
  const states =
    draft.isAll || draft.states.size === 0 ? [] : [...draft.states].flatMap((kind) => STATES[kind]);
  const users =
    draft.users ?? (refs.length > 0 || draft.isAllUsers ? undefined : [call.identity.user]);
  const selection: JobSelection = {
    ...(refs.length === 0 ? {} : { refs }),
    ...(users === undefined || draft.isAllUsers ? {} : { users }),
    ...(draft.queue === undefined ? {} : { queues: [draft.queue] }),
    ...(draft.host === undefined ? {} : { nodes: [draft.host] }),
    ...(draft.project === undefined ? {} : { accounts: [draft.project] }),
    ...(states.length === 0 ? {} : { states }),
    ...nameSelection(draft.name),
  };
  return {
    kind: 'jobs',
    selection,
    expandArrays: draft.format !== 'arrays' && !isTable(draft),
    ...(showsFinished ? { finishedSince: since as Instant } : {}),
  };
}

/** Whether rows are written one by one, so that elements need not be there before. */
export function isTable({ format, isJson, name }: BjobsDraft): boolean {
  const isPlain = format === 'default' || format === 'wide' || format === 'extraWide';
  return isPlain && !isJson && name?.endsWith(']') !== true;
}

/** `name`, `name*` and `name[1-3]` select the array's name; its elements are picked afterwards. */
export function nameSelection(
  name: string | undefined,
): Pick<JobSelection, 'names' | 'namePattern'> {
  if (name === undefined) return {};
  const open = name.endsWith(']') ? name.lastIndexOf('[') : -1;
  const plain = open === -1 ? name : name.slice(0, open);
  return plain.includes('*') ? { namePattern: plain } : { names: [plain] };
}

/** Picks what the engine could not select by. */
export function picked(draft: BjobsDraft, jobs: readonly JobView[]): readonly JobView[] {
  const tests: ((view: JobView) => boolean)[] = [];
  const { states, isAll, name, group, application, userGroup, description } = draft;
  if (states.size > 0 && !isAll && states.has('p') !== states.has('s')) {
    const wantsHeld = states.has('s');
    tests.push((view) => view.state !== 'pending' || (view.heldBy !== undefined) === wantsHeld);
  }
  const indices = name?.endsWith(']') ? name.slice(name.lastIndexOf('[') + 1, -1) : undefined;
  const elements = indices === undefined ? undefined : readIndexList(indices);
  if (elements !== undefined && typeof elements !== 'string') {
    tests.push(({ element }) => element !== undefined && hasIndex(elements, element));
  }
  const kept = { group, application, userGroup };
  for (const [key, value] of Object.entries(kept)) {
    if (value !== undefined) tests.push(({ request }) => request.extras?.[`lsf.${key}`] === value);
  }
  if (description !== undefined) tests.push(({ request }) => request.comment === description);
  return tests.length === 0 ? jobs : jobs.filter((view) => tests.every((test) => test(view)));
}

/** Unfinished jobs by queue priority, then by submission; finished ones behind them. */
export function ordered(
  jobs: readonly JobView[],
  queues: readonly QueueView[],
): readonly JobView[] {
  const priorities = new Map(queues.map(({ name, priority }) => [name, priority]));
  const rank = ({ state, request }: JobView): number =>
    state === 'finished' ? Number.NEGATIVE_INFINITY : (priorities.get(request.queue) ?? 0);
  const order = (a: JobView, b: JobView): number =>
    compare(rank(b), rank(a)) || a.base - b.base || (a.element ?? 0) - (b.element ?? 0);
  // The engine answers by number: mostly there is nothing to sort.
  const isInOrder = jobs.every((job, i) => i === 0 || order(jobs[i - 1] as JobView, job) <= 0);
  return isInOrder ? jobs : jobs.toSorted(order);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** The ids that no job of the answer belongs to. */
export function missing(
  refs: readonly { readonly ref: JobRef; readonly text: string }[],
  jobs: readonly JobView[],
): readonly string[] {
  if (refs.length === 0) return [];
  const elements = new Map<number, number[]>();
  const known = new Set<number>();
  for (const { id, base, element } of jobs) {
    known.add(base).add(id);
    if (element === undefined) continue;
    const list = elements.get(base);
    if (list === undefined) elements.set(base, [element]);
    else list.push(element);
  }
  const isFound = ({ job, elements: wanted }: JobRef): boolean => {
    if (wanted === undefined) return known.has(job);
    return elements.get(job)?.some((element) => hasIndex(wanted, element)) ?? false;
  };
  return refs.filter(({ ref }) => !isFound(ref)).map(({ text }) => text);
}
