// bjobs. One question to the engine, then rows in slices, so that a listing of 100,000 jobs neither
// fills memory nor holds the daemon. Lines for what is not found go to stderr.

import type { JobView, View } from '../../../model/view.ts';
import { elementsOf, withElements } from '../../kit/array-rest.ts';
import {
  type Answer,
  type Dialog,
  type Invocation,
  query,
  type Step,
  write,
} from '../../kit/dialog.ts';
import { visible } from '../../kit/control-characters.ts';
import { zone } from '../../kit/time-zone.ts';
import { parseClustered } from '../arguments.ts';
import { type ReadId, readId } from '../job-ids.ts';
import { arrayTable, summary } from '../listing/arrays.ts';
import {
  type CustomFormat,
  customHeader,
  customRow,
  jsonError,
  jsonHead,
  jsonRow,
  jsonTail,
  readFormat,
} from '../listing/custom.ts';
import { LONG_SEPARATOR, longText } from '../listing/long.ts';
import { type BjobsDraft, BJOBS_ROWS, newBjobsDraft } from '../listing/options.ts';
import { isTable, jobsQuery, missing, ordered, picked } from '../listing/selection.ts';
import {
  defaultTable,
  extraWideTable,
  pendingTable,
  type Table,
  type TableSettings,
  wideTable,
  withReasons,
} from '../listing/tables.ts';
import { refusalWords } from '../refusals.ts';
import { isYes, setting } from '../settings.ts';
import { optionComplaint, printUsage, printVersion, refusedComplaint } from '../usage.ts';

const OPERANDS = '[job_ID | "job_ID[index_list]" ...]';
const FAILED = 255;
const SLICE = 500;
const DEFAULT_JSON = 'jobid user stat queue from_host exec_host job_name submit_time';

type Ref = Extract<ReadId, { kind: 'ref' }>;
type Printing<T> = Generator<Step, T, Answer>;

/** Lists jobs. */
export function* bjobs(call: Invocation): Dialog {
  const parsed = parseClustered(call.arguments, BJOBS_ROWS);
  if (parsed.kind !== 'parsed') {
    yield* write('stderr', optionComplaint('bjobs', parsed));
    yield* printUsage('bjobs', OPERANDS, BJOBS_ROWS);
    return FAILED;
  }
  const draft = newBjobsDraft();
  for (const { row, value } of parsed.given) {
    const complaint = refusedComplaint(row) ?? row.set?.(draft, value);
    if (complaint !== undefined) return yield* fail(complaint);
  }
  if (draft.wanted === 'version') yield* printVersion();
  if (draft.wanted === 'help') yield* printUsage('bjobs', OPERANDS, BJOBS_ROWS);
  if (draft.wanted !== undefined) return 0;
  const refs: Ref[] = [];
  for (const word of parsed.rest) {
    const id = readId(word);
    if (id.kind === 'bad') return yield* fail(id.complaint);
    if (id.kind === 'ref') refs.push(id);
  }
  const custom = customFormat(draft, call);
  return typeof custom === 'string' ? yield* fail(custom) : yield* list(call, draft, refs, custom);
}

function* fail(words: string): Dialog {
  yield* write('stderr', `${visible(words)}\n`);
  return FAILED;
}

/** The format of -o, or of LSB_BJOBS_FORMAT where no other format is asked for. */
function customFormat(draft: BjobsDraft, call: Invocation): CustomFormat | string | undefined {
  if (draft.output !== undefined) return readFormat(draft.output);
  if (draft.isJson) return readFormat(setting(call, 'LSB_BJOBS_FORMAT') ?? DEFAULT_JSON);
  const configured = setting(call, 'LSB_BJOBS_FORMAT');
  const isPlain = draft.format === 'default' && draft.states.size === 0;
  return configured !== undefined && isPlain ? readFormat(configured) : undefined;
}

function* list(
  call: Invocation,
  draft: BjobsDraft,
  refs: readonly Ref[],
  custom: CustomFormat | undefined,
): Dialog {
  const view = yield* query(
    jobsQuery(
      draft,
      refs.map(({ ref }) => ref),
      call,
    ),
  );
  if (view.kind === 'refused') return yield* fail(refusalWords(view.refusal));
  if (view.kind !== 'jobs') return FAILED;
  const answer = draft.format === 'arrays' ? arraysOf(refs, view.jobs) : view.jobs;
  const unknown = missing(refs, answer);
  const isStrict = isYes(setting(call, 'LSB_BJOBS_CONSISTENT_EXIT_CODE'));
  const found = picked(draft, isTable(draft) ? withElements(answer) : answer);
  const jobs = yield* inOrder(isStrict && !draft.isJson ? unfinishedOf(draft, found) : found);
  if (draft.isJson && custom !== undefined) {
    yield* printJson(call, custom, jobs, unknown, draft);
    return 0;
  }
  yield* print(call, draft, custom, jobs);
  for (const id of unknown) yield* write('stderr', `${notFound(draft, visible(id))}\n`);
  if (unknown.length > 0) return FAILED;
  return jobs.length > 0 ? 0 : yield* nothingFound(call, draft);
}

/** The views of arrays as a whole that ids select, or of all; an id of an element selects none. */
function arraysOf(refs: readonly Ref[], jobs: readonly JobView[]): readonly JobView[] {
  const whole = new Set<number>();
  for (const { ref } of refs) if (ref.elements === undefined) whole.add(ref.job);
  const isWanted = ({ base, id }: JobView): boolean =>
    refs.length === 0 || whole.has(base) || whole.has(id);
  return jobs.filter((view) => view.array !== undefined && isWanted(view));
}

function notFound({ format }: BjobsDraft, id: string): string {
  if (format !== 'arrays') return `Job <${id}> is not found`;
  return id.includes('[') ? `Job <${id}> is not a job array` : `Job array <${id}> is not found`;
}

/**
 * Under LSB_BJOBS_CONSISTENT_EXIT_CODE ids of finished jobs alone are as good as none, if finished
 * jobs are not asked for.
 */
function unfinishedOf({ isAll, states }: BjobsDraft, jobs: readonly JobView[]): readonly JobView[] {
  const wantsFinished = isAll || states.has('d');
  return wantsFinished || jobs.some(({ state }) => state !== 'finished') ? jobs : [];
}

/** Queues are asked for only where their priorities matter. */
function* inOrder(jobs: readonly JobView[]): Printing<readonly JobView[]> {
  const first = jobs[0]?.request.queue;
  const isOneQueue = jobs.every(({ request }) => request.queue === first);
  const view: View = isOneQueue ? { kind: 'queues', queues: [] } : yield* query({ kind: 'queues' });
  return ordered(jobs, view.kind === 'queues' ? view.queues : []);
}

function* print(
  call: Invocation,
  draft: BjobsDraft,
  custom: CustomFormat | undefined,
  jobs: readonly JobView[],
): Printing<void> {
  const settings = tableSettings(call);
  if (draft.format === 'sum') {
    yield* write('stdout', summary(jobs));
  } else if (jobs.length === 0) {
    return;
  } else if (custom !== undefined) {
    const fields = { ...settings, isClockTime: draft.isClockTime };
    const header = draft.hasHeader ? customHeader(custom) : '';
    yield* rows(header, eachOf(draft, jobs), customRow(custom, fields));
  } else if (draft.format === 'long') {
    const { isUnformatted } = draft;
    const text = (job: JobView): string => longText(job, { ...settings, isUnformatted });
    yield* rows('', jobs, (job) => (job === jobs[0] ? '' : LONG_SEPARATOR) + text(job));
  } else {
    const table = tableOf(draft, settings);
    yield* rows(draft.hasHeader ? table.header : '', eachOf(draft, jobs), table.row);
  }
}

function tableOf({ format, states, isAll }: BjobsDraft, settings: TableSettings): Table {
  if (format === 'arrays') return arrayTable(settings);
  const hasReasons = !isAll && (states.has('p') || states.has('s'));
  if (format === 'default' && hasReasons && states.size === 1 && states.has('p')) {
    return pendingTable(settings);
  }
  const table = { default: defaultTable, wide: wideTable, extraWide: extraWideTable }[
    format as 'default' | 'wide' | 'extraWide'
  ](settings);
  return hasReasons ? withReasons(table) : table;
}

/** In a table, every element of an array has a row, made when it is its turn. */
function* eachOf(draft: BjobsDraft, jobs: readonly JobView[]): Generator<JobView, void, void> {
  for (const job of jobs) {
    if (isTable(draft)) yield* elementsOf(job);
    else yield job;
  }
}

function* rows(
  header: string,
  jobs: Iterable<JobView>,
  row: (view: JobView) => string,
): Printing<void> {
  let text = header;
  let count = 0;
  for (const job of jobs) {
    text += row(job);
    if (++count % SLICE === 0) {
      yield* write('stdout', text);
      text = '';
    }
  }
  yield* write('stdout', text);
}

function* printJson(
  call: Invocation,
  custom: CustomFormat,
  ...[jobs, unknown, draft]: [readonly JobView[], readonly string[], BjobsDraft]
): Printing<void> {
  const fields = { ...tableSettings(call), isClockTime: draft.isClockTime };
  const record = jsonRow(custom, fields);
  const total = jobs.length + unknown.length;
  yield* rows(jsonHead(total), jobs, (job) => (job === jobs[0] ? '' : ',\n') + record(job));
  const errors = unknown.map(jsonError).join(',\n');
  const comma = jobs.length > 0 && errors !== '' ? ',\n' : '';
  yield* write('stdout', `${comma}${errors}${jsonTail(total)}`);
}

function tableSettings(call: Invocation): TableSettings {
  const idWidth = Number(setting(call, 'LSB_JOBID_DISP_LENGTH') ?? 7);
  return {
    zone: zone(call.timeZone),
    now: call.now,
    isShortHostList: setting(call, 'LSB_SHORT_HOSTLIST') === '1',
    idWidth: idWidth >= 7 && idWidth <= 20 ? idWidth : 7,
  };
}

/** What no job matched, and whether the queue or host exists at all. */
function* nothingFound(call: Invocation, draft: BjobsDraft): Dialog {
  if (draft.format === 'sum') return 0;
  const unknown = yield* unknownPlace(draft);
  if (unknown !== undefined) return yield* fail(unknown);
  yield* fail(draft.name === undefined ? nothingWords(draft) : `Job <${draft.name}> is not found`);
  return isYes(setting(call, 'LSB_BJOBS_CONSISTENT_EXIT_CODE')) ? FAILED : 0;
}

function* unknownPlace({ queue, host }: BjobsDraft): Printing<string | undefined> {
  if (queue !== undefined) {
    const view = yield* query({ kind: 'queues' });
    const isKnown = view.kind === 'queues' && view.queues.some(({ name }) => name === queue);
    if (!isKnown) return `${queue}: No such queue`;
  }
  if (host !== undefined) {
    const view = yield* query({ kind: 'nodes' });
    const isKnown = view.kind === 'nodes' && view.nodes.some(({ name }) => name === host);
    if (!isKnown) return `${host}: Bad host name, host group name or cluster name`;
  }
  return undefined;
}

const STATE_WORDS = { d: 'DONE/EXIT ', p: 'pending ', r: 'running ', s: 'suspended ' } as const;

function nothingWords({ states, isAll, queue, host }: BjobsDraft): string {
  const [state] = states;
  const kind = isAll ? '' : state === undefined ? 'unfinished ' : STATE_WORDS[state];
  const place =
    queue !== undefined
      ? ` in queue <${queue}>`
      : host !== undefined
        ? ` on host/group <${host}>`
        : '';
  return `No ${kind}job found${place}`;
}
