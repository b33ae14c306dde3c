// Answers to questions. What memory knows is computed at once and shown after the commit; what left
// memory is read from the store, after the commit.

import type { Instant } from '../base/brand.ts';
import { GatewayError } from '../base/gateway-error.ts';
import { find } from '../core/admission/select.ts';
import type { State } from '../core/state.ts';
import { explain } from '../core/view/explain.ts';
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

/** Jobs that were there at some time between. */
interface Window {
  readonly selection: JobSelection;
  readonly from: Instant;
  readonly to: Instant;
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
      const window = { selection: query.selection, from: since, to: parts.now };
      return () => withEvicted(state, window, jobs, parts);
    }
    case 'history':
      return () => history(state, query, parts);
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
    case 'explain':
      return explainView(state, query.job, parts);
    case 'examine':
    case 'backup':
      if (!by.administrator) return { kind: 'refused', refusal: { code: 'notPermitted' } };
      return query.kind === 'examine' ? () => examine(parts) : () => backup(query.to, parts);
    default:
      return query satisfies never;
  }
}

/** Jobs in memory, and finished jobs of the window that are only on the disk. */
async function withEvicted(
  state: State,
  { selection, from, to }: Window,
  inMemory: readonly JobView[],
  parts: AnswerParts,
): Promise<View> {
  const { states } = selection;
  if (states !== undefined && !states.includes('finished')) {
    return { kind: 'jobs', asOf: parts.now, jobs: inMemory };
  }
  // Rows by their own number: an element may have left memory while its array is there.
  const known = new Set(inMemory.flatMap((view) => [view.base, view.id]));
  const records = await readAll(parts.store, { selection, from, to });
  const evicted = records.filter(({ id }) => !known.has(id) && !state.jobs.has(id));
  const jobs = [...evicted.flatMap((one) => selected(one, selection)), ...inMemory];
  jobs.sort((a, b) => a.base - b.base || (a.element ?? -1) - (b.element ?? -1));
  return { kind: 'jobs', asOf: parts.now, jobs };
}

/** Accounting: the same, of any window. */
function history(state: State, query: Window, parts: AnswerParts): Promise<View> {
  const { selection, from, to } = query;
  const inMemory = jobViews(state, { kind: 'jobs', selection, finishedSince: from });
  const there = inMemory.filter((view) => view.submittedAt <= to);
  return withEvicted(state, query, there, parts);
}

async function readAll(store: Store, { selection, from, to }: Window): Promise<JobRecord[]> {
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
      ? (
          await store.history({
            selection: { refs: [{ job: id }] },
            from: 0 as Instant,
            to: now,
            limit: 1,
          })
        )[0]
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

function explainView(state: State, job: JobId, { now }: AnswerParts): View {
  const explanation = explain(state, job, now);
  if (explanation !== undefined) return { kind: 'explanation', explanation };
  return { kind: 'refused', refusal: { code: 'noSuchJob', ref: { job } } };
}

async function examine({ store }: AnswerParts): Promise<View> {
  return { kind: 'examined', examination: await store.examine() };
}

async function backup(to: string, { store }: AnswerParts): Promise<View> {
  try {
    await store.backup(to);
    return { kind: 'backedUp', problem: undefined };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { kind: 'backedUp', problem: error.message };
  }
}
