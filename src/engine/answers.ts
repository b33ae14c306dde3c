// Answers to questions. What memory knows is computed at once and shown after the commit; what left
// memory is read from the store, after the commit.

import type { Instant } from '../base/brand.ts';
import { find } from '../core/admission/select.ts';
import type { State } from '../core/state.ts';
import { jobViews, nodeViews, queueViews } from '../core/view/queries.ts';
import { viewsOfRecord } from '../core/view/record-view.ts';
import { hasIndex } from '../model/index-set.ts';
import type { JobId } from '../model/ids.ts';
import type { Query } from '../model/query.ts';
import type { JobRecord } from '../model/record.ts';
import type { JobSelection } from '../model/selection.ts';
import type { Identity } from '../model/user.ts';
import type { JobView, View } from '../model/view.ts';
import type { Store } from './ports.ts';

/** What an answer is made with. */
export interface AnswerParts {
  readonly store: Store;
  readonly now: Instant;
  readonly evictedUntil: Instant;
}

/** Rows read from the store at a time. */
const PAGE = 5000;

/** The answer, or the way to it where the disk must be asked. */
export function answer(
  state: State,
  query: Query,
  by: Identity,
  parts: AnswerParts,
): View | (() => Promise<View>) {
  switch (query.kind) {
    case 'jobs': {
      const jobs = jobViews(state, query);
      const since = query.finishedSince;
      if (since === undefined || since > parts.evictedUntil) {
        return { kind: 'jobs', asOf: parts.now, jobs };
      }
      return () => withEvicted(state, query, jobs, parts);
    }
    case 'history':
      return () => history(query, parts);
    case 'content':
      return () => content(state, query.job, by, parts);
    case 'queues':
      return { kind: 'queues', queues: queueViews(state) };
    case 'nodes':
      return { kind: 'nodes', nodes: nodeViews(state) };
    case 'definitions':
      return {
        kind: 'definitions',
        definitions: [...state.definitions.values()]
          .flat()
          .filter((one) => query.name === undefined || one.name === query.name),
      };
    case 'keys':
      return {
        kind: 'keys',
        keys: [...state.keys.values()].filter(
          (key) => by.administrator || key.owner.uid === by.uid,
        ),
      };
    default:
      return query satisfies never;
  }
}

/** Finished jobs of the window that are only on the disk, beside those in memory. */
async function withEvicted(
  state: State,
  query: Query & { kind: 'jobs' },
  inMemory: readonly JobView[],
  parts: AnswerParts,
): Promise<View> {
  const from = query.finishedSince as Instant;
  const { states } = query.selection;
  if (states !== undefined && !states.includes('finished')) {
    return { kind: 'jobs', asOf: parts.now, jobs: inMemory };
  }
  const records = await readAll(parts.store, query.selection, from, parts.now);
  const evicted = records.filter(
    (one) => one.state === 'finished' && (one.endedAt ?? 0) >= from && !state.jobs.has(one.id),
  );
  const jobs = [...evicted.flatMap((one) => selected(one, query.selection)), ...inMemory];
  jobs.sort((a, b) => a.base - b.base || (a.element ?? -1) - (b.element ?? -1));
  return { kind: 'jobs', asOf: parts.now, jobs };
}

async function history(query: Query & { kind: 'history' }, parts: AnswerParts): Promise<View> {
  const records = await readAll(parts.store, query.selection, query.from, query.to);
  const jobs = records.flatMap((record) => selected(record, query.selection));
  return { kind: 'jobs', asOf: parts.now, jobs };
}

async function readAll(
  store: Store,
  selection: JobSelection,
  from: Instant,
  to: Instant,
): Promise<JobRecord[]> {
  const records: JobRecord[] = [];
  let after: JobId | undefined;
  for (;;) {
    const position = after === undefined ? {} : { after };
    const page = await store.history({ selection, from, to, limit: PAGE, ...position });
    records.push(...page);
    after = page.at(-1)?.id;
    if (page.length < PAGE) return records;
  }
}

/** The views of a row that the references of the selection mean. */
function selected(record: JobRecord, { refs }: JobSelection): JobView[] {
  const views = [...viewsOfRecord(record)];
  if (refs === undefined) return views;
  return views.filter((view) =>
    refs.some((ref) => {
      if (view.id !== ref.job && view.base !== ref.job) return false;
      if (ref.elements === undefined) return true;
      return view.element !== undefined && hasIndex(ref.elements, view.element);
    }),
  );
}

async function content(
  state: State,
  id: JobId,
  by: Identity,
  { store, now }: AnswerParts,
): Promise<View> {
  const found = find(state, id)?.job;
  const record =
    found === undefined
      ? (await store.history({ selection: { refs: [{ job: id }] }, from: 0 as Instant, to: now, limit: 1 }))[0]
      : { owner: found.owner, spec: found.spec.key };
  const ref = { job: id };
  if (record === undefined) return { kind: 'refused', refusal: { code: 'noSuchJob', ref } };
  if (!by.administrator && record.owner.uid !== by.uid) {
    return { kind: 'refused', refusal: { code: 'notPermitted', ref } };
  }
  const bytes = await store.content(record.spec);
  if (bytes === undefined) return { kind: 'refused', refusal: { code: 'noSuchJob', ref } };
  return { kind: 'content', content: bytes };
}
