// squeue: lists jobs. Rows are written in slices, so that a listing of 100,000 jobs neither needs
// one large text nor holds the others up.

import { expandHostlist } from '../../../base/hostlist.ts';
import { type Instant, instant } from '../../../base/brand.ts';
import { queueName } from '../../../model/ids.ts';
import type { JobSelection } from '../../../model/selection.ts';
import type { JobView } from '../../../model/view.ts';
import { formatHeader, formatRow } from '../../kit/columns.ts';
import {
  type Answer,
  type Dialog,
  type Invocation,
  type Program,
  type Step,
  pause,
  query,
  unknownUsers,
  write,
} from '../../kit/dialog.ts';
import { applyOptions, applyVariables } from '../../kit/getopt.ts';
import { elementsOf, withElements } from '../../kit/array-rest.ts';
import { writeLines } from '../../kit/listing.ts';
import { zone } from '../../kit/time-zone.ts';
import {
  commandFrame,
  complaintText,
  getoptComplaint,
  readWords,
  shownText,
} from '../command-frame.ts';
import type { ListingContext } from '../job-columns.ts';
import { refMatches } from '../job-ids.ts';
import { SQUEUE_OPTIONS, type SqueueDraft } from '../options/squeue.ts';
import { slurmError } from '../refusals.ts';
import {
  DEFAULT_FORMAT,
  LONG_FORMAT,
  type ReadFormat,
  START_FORMAT,
  readFields,
  readFormat,
} from '../squeue-format.ts';
import { type SortKey, readSort, sorted } from '../squeue-sort.ts';
import { jobState, modelStates } from '../states.ts';
import { ctime, timeWriter } from '../time-format.ts';

const FAILED = 1;
/** Slurm's default for SLURM_BITSTR_LEN. */
const LIST_LENGTH = 64;

/** The command's rows and words of help. */
export const SQUEUE = commandFrame<SqueueDraft>({
  name: 'squeue',
  rows: SQUEUE_OPTIONS,
  permute: true,
  hint: true,
  synopsis: 'squeue [OPTION]...',
  summary: 'Lists the jobs that wait, run or ended a short while ago.',
});

/** The command. */
export const squeue: Program = function* (call): Dialog {
  const line = readWords(SQUEUE, call.arguments);
  if (line.complaint !== undefined) {
    yield* write('stderr', getoptComplaint(SQUEUE, line.complaint));
    return FAILED;
  }
  const draft: SqueueDraft = {};
  const complaint = readDraft(draft, call, line);
  if (draft.show !== undefined) {
    yield* write('stdout', shownText(SQUEUE, draft.show));
    return 0;
  }
  if (complaint !== undefined) return yield* complain(complaint);
  const [stray] = line.operands.slice(draft.jobsFollow === true ? 1 : 0);
  if (stray !== undefined) {
    yield* write('stdout', shownText(SQUEUE, 'usage'));
    return yield* complain(`error: Unrecognized option: ${stray}`);
  }
  const badNode = yield* unknownNode(draft);
  if (badNode !== undefined) return yield* complain(`error: Invalid node name ${badNode}`);
  for (const name of yield* unknownUsers(draft.users ?? [])) {
    yield* complain(`error: Invalid user: ${name}\n`);
  }
  return yield* repeat(call, draft);
};

function readDraft(
  draft: SqueueDraft,
  call: Invocation,
  line: ReturnType<typeof readWords<SqueueDraft>>,
): string | undefined {
  const fromVariables = applyVariables(draft, SQUEUE_OPTIONS, 'squeue', call.environment);
  if (fromVariables !== undefined) return fromVariables;
  const { format, fields } = draft;
  delete draft.format;
  delete draft.fields;
  const fromWords = applyOptions(draft, line.options);
  if (fromWords !== undefined) return fromWords;
  if (draft.format !== undefined && draft.fields !== undefined) {
    return 'error: -o (--format) is incompatible with -O (--Format)';
  }
  // A format of the words wins over both variables, and over -l and --start.
  if (draft.format === undefined && draft.fields === undefined) {
    if (format !== undefined) draft.format = format;
    else if (fields !== undefined) draft.fields = fields;
  }
  const [ids] = line.operands;
  if (draft.jobsFollow !== true || ids === undefined) return undefined;
  const jobsRow = SQUEUE.table.longs.get('jobs');
  return jobsRow?.set?.(draft, ids);
}

function* complain(text: string): Dialog {
  yield* write('stderr', complaintText('squeue', text));
  return FAILED;
}

function* unknownNode(draft: SqueueDraft): Generator<Step, string | undefined, Answer> {
  if (draft.nodes === undefined) return undefined;
  const names = expandHostlist(draft.nodes);
  if (names === undefined) return draft.nodes;
  const view = yield* query({ kind: 'nodes' });
  if (view.kind !== 'nodes') return undefined;
  return names.find((name) => !view.nodes.some((node) => node.name === name));
}

function* repeat(call: Invocation, draft: SqueueDraft): Dialog {
  const { iterateSeconds } = draft;
  for (let now: Instant = call.now; ; ) {
    const status = yield* list(call, draft, now);
    if (iterateSeconds === undefined || status !== 0) return status;
    yield* write('stdout', '\n');
    yield* pause(iterateSeconds * 1000);
    now = instant(now + iterateSeconds * 1000);
  }
}

function* list(call: Invocation, draft: SqueueDraft, now: Instant): Dialog {
  const view = yield* query({
    kind: 'jobs',
    selection: selectionOf(call, draft),
    ...(needsFinished(draft) ? { finishedSince: instant(now - call.site.minJobAgeMs) } : {}),
  });
  if (view.kind === 'refused') {
    return yield* complain(`slurm_load_jobs error: ${slurmError(view.refusal).text}`);
  }
  if (view.kind !== 'jobs') return FAILED;
  // Only a single id is looked up; in a list an unknown one is passed over.
  if (view.jobs.length === 0 && draft.jobs?.length === 1) {
    return yield* complain('slurm_load_jobs error: Invalid job id specified');
  }
  // An element that was asked for by its index is shown as itself.
  const jobs = expandsArrays(draft) ? withElements(view.jobs) : view.jobs;
  return yield* print(call, draft, view.asOf, jobs);
}

function* print(
  call: Invocation,
  draft: SqueueDraft,
  now: Instant,
  views: readonly JobView[],
): Dialog {
  const context = contextOf(call, draft, now);
  if (draft.noHeader !== true && (draft.long === true || draft.iterateSeconds !== undefined)) {
    yield* write('stdout', `${ctime(now, zone(call.timeZone))}\n`);
  }
  const { layout, complaints } = formatOf(draft, context);
  if (draft.noHeader !== true) yield* write('stdout', `${formatHeader(layout)}\n`);
  for (const part of complaints) {
    yield* write('stderr', `squeue: error: Invalid job format specification: ${part}\n`);
  }
  const keys = readSort(draft.sort ?? (draft.start === true ? 'S' : 'P,t,-p'));
  if (typeof keys === 'string')
    return yield* complain(`error: Invalid sort specification: ${keys}`);
  const rows = shownRows(draft, views, keys, context);
  yield* writeLines(linesOf(rows, layout, expandsArrays(draft)));
  return 0;
}

function* linesOf(
  rows: readonly JobView[],
  layout: ReadFormat['layout'],
  expands: boolean,
): Generator<string, void, void> {
  for (const row of rows) {
    for (const view of expands ? elementsOf(row) : [row]) yield `${formatRow(layout, view)}\n`;
  }
}

function selectionOf(call: Invocation, draft: SqueueDraft): JobSelection {
  const users = draft.me === true ? [call.identity.user] : draft.users;
  const nodes = draft.nodes === undefined ? undefined : expandHostlist(draft.nodes);
  // A job that is asked for by its id must be told from one that is not there.
  const states = draft.jobs === undefined ? draft.states : undefined;
  return {
    ...(states === undefined || states === 'all' ? {} : { states: modelStates(states) }),
    ...(draft.jobs === undefined ? {} : { refs: draft.jobs.map(({ ref }) => ref) }),
    ...(users === undefined ? {} : { users }),
    ...(draft.names === undefined ? {} : { names: draft.names }),
    ...(draft.partitions === undefined ? {} : { queues: draft.partitions }),
    ...(draft.accounts === undefined ? {} : { accounts: draft.accounts }),
    ...(nodes === undefined ? {} : { nodes }),
  };
}

function expandsArrays(draft: SqueueDraft): boolean {
  if (draft.array === true) return true;
  return draft.jobs?.some(({ ref }) => ref.elements !== undefined) ?? false;
}

/** A single id needs the finished jobs too, to know whether it exists. */
function needsFinished(draft: SqueueDraft): boolean {
  return draft.states !== undefined || draft.jobs?.length === 1;
}

function contextOf(call: Invocation, draft: SqueueDraft, now: Instant): ListingContext {
  const length = call.environment.get('SLURM_BITSTR_LEN');
  return {
    now,
    time: timeWriter(call.environment.get('SLURM_TIME_FORMAT'), zone(call.timeZone), now),
    cluster: call.site.cluster,
    listLength: length !== undefined && /^\d{1,6}$/.test(length) ? Number(length) : LIST_LENGTH,
    convertUnits: draft.noConvert !== true,
  };
}

function formatOf(draft: SqueueDraft, context: ListingContext): ReadFormat {
  if (draft.fields !== undefined) return readFields(draft.fields, context);
  if (draft.format !== undefined) return readFormat(draft.format, context);
  if (draft.start === true) return readFormat(START_FORMAT, context);
  return readFormat(draft.long === true ? LONG_FORMAT : DEFAULT_FORMAT, context);
}

function shownRows(
  draft: SqueueDraft,
  views: readonly JobView[],
  keys: readonly SortKey[],
  context: ListingContext,
): readonly JobView[] {
  const kept = views.filter((view) => isShown(draft, view));
  return sorted(draft.eachPartition === true ? kept.flatMap(byPartition) : kept, keys, context);
}

/** -P: a job that may run in several partitions has a line in each. */
function byPartition(view: JobView): readonly JobView[] {
  const { 'slurm.partitions': names, ...extras } = view.request.extras ?? {};
  if (view.state !== 'pending' || names === undefined) return [view];
  return String(names)
    .split(',')
    .map((name) => ({ ...view, request: { ...view.request, extras, queue: queueName(name) } }));
}

function isShown(draft: SqueueDraft, view: JobView): boolean {
  const { states, jobs, qos } = draft;
  if (draft.start === true && view.state !== 'pending') return false;
  if (states === undefined && view.state === 'finished') return false;
  if (states !== undefined && states !== 'all') {
    const { name } = jobState(view);
    if (!states.some((state) => state.name === name)) return false;
  }
  if (draft.licenses === true || draft.reservation === true) return false;
  if (qos !== undefined && !qos.includes(String(view.request.extras?.['slurm.qos'] ?? 'normal'))) {
    return false;
  }
  return jobs?.some(({ ref }) => refMatches(ref, view)) ?? true;
}
