// sacct: accounting of jobs and of their batch steps (recorded: 12-sacct). Without -j and -S it
// tells of the caller's own jobs since the last midnight of his zone.

import { expandHostlist } from '../../../base/hostlist.ts';
import { type Instant, instant } from '../../../base/brand.ts';
import type { JobView } from '../../../model/view.ts';
import type { JobSelection } from '../../../model/selection.ts';
import {
  type Dialog,
  type Invocation,
  type Program,
  query,
  unknownUsers,
  write,
} from '../../kit/dialog.ts';
import { applyOptions, applyVariables } from '../../kit/getopt.ts';
import { writeLines } from '../../kit/listing.ts';
import { zone } from '../../kit/time-zone.ts';
import type { AccountingContext } from '../accounting-fields.ts';
import {
  type AccountingRow,
  type AccountingWindow,
  accountingRows,
  batchRow,
  inAccountingOrder,
} from '../accounting-rows.ts';
import {
  commandFrame,
  complaintText,
  getoptComplaint,
  readWords,
  shownText,
} from '../command-frame.ts';
import { cpuCount, nodeCount } from '../job-facts.ts';
import { refMatches } from '../job-ids.ts';
import { type Range, SACCT_OPTIONS, type SacctDraft } from '../options/sacct.ts';
import { slurmError } from '../refusals.ts';
import {
  DEFAULT_FIELDS,
  type LineStyle,
  fieldList,
  headerText,
  readAccountingFormat,
  rowText,
} from '../sacct-format.ts';
import { timeWriter } from '../time-format.ts';
import { midnightBefore } from '../times.ts';

const FAILED = 1;
const LIST_LENGTH = 64;
const EPOCH = instant(0);

/** The command's rows and words of help. */
export const SACCT = commandFrame<SacctDraft>({
  name: 'sacct',
  rows: SACCT_OPTIONS,
  permute: true,
  hint: false,
  synopsis: 'sacct [OPTION]...',
  summary: 'Shows what jobs did and used, those that ended too.',
});

/** The command. */
export const sacct: Program = function* (call): Dialog {
  const line = readWords(SACCT, call.arguments);
  if (line.complaint !== undefined) {
    yield* write('stderr', getoptComplaint(SACCT, line.complaint));
    return FAILED;
  }
  const draft: SacctDraft = { now: call.now, zone: zone(call.timeZone) };
  const complaint =
    applyVariables(draft, SACCT_OPTIONS, 'sacct', call.environment) ??
    applyOptions(draft, line.options);
  if (draft.show !== undefined) {
    yield* write('stdout', shownText(SACCT, draft.show));
    return 0;
  }
  if (complaint !== undefined) return yield* complain(complaint);
  if (line.operands.length > 0) {
    const words = line.operands.map((word) => `\nerror:  ${word}`).join('');
    return yield* complain(`error: Unknown arguments:${words}`);
  }
  if (draft.helpFormat === true) {
    yield* write('stdout', fieldList());
    return 0;
  }
  if (draft.completion === true) return yield* complain('Slurm job completion is disabled');
  return yield* account(call, draft);
};

function* complain(text: string): Dialog {
  yield* write('stderr', complaintText('sacct', text));
  return FAILED;
}

function* account(call: Invocation, draft: SacctDraft): Dialog {
  const columns = readAccountingFormat(draft.format ?? DEFAULT_FIELDS);
  if (typeof columns === 'string') {
    return yield* complain(`error: Invalid field requested: "${columns}"`);
  }
  const [nobody] = yield* unknownUsers(draft.users ?? []);
  if (nobody !== undefined) return yield* complain(`error: Invalid user id: ${nobody}`);
  const window = windowOf(draft);
  const context = contextOf(call, draft);
  if (window.from > window.to) {
    const [from, to] = [context.time(window.from), context.time(window.to)];
    return yield* complain(`error: Start time (${from}) requested is after end time (${to}).`);
  }
  const view = yield* query({
    kind: 'history',
    selection: selectionOf(call, draft),
    from: window.from,
    to: window.to,
    earlierAttempts: true,
  });
  if (view.kind === 'refused') return yield* complain(`error: ${slurmError(view.refusal).text}`);
  const isOurs = draft.clusters?.some((name) => name === call.site.cluster || name === 'all');
  const jobs = view.kind === 'jobs' && (isOurs ?? true) ? view.jobs : [];
  const style: LineStyle = {
    delimiter: draft.parsable === undefined ? undefined : (draft.delimiter ?? '|'),
    ends: draft.parsable === 'closed',
  };
  if (draft.noHeader !== true) yield* write('stdout', headerText(columns, style));
  yield* writeLines(
    linesOf(inAccountingOrder(jobs), (job) =>
      rowsOf(job, draft, window).map((row) => rowText(columns, style, row, context)),
    ),
  );
  return 0;
}

function* linesOf(
  jobs: readonly JobView[],
  lines: (job: JobView) => readonly string[],
): Generator<string, void, void> {
  for (const job of jobs) yield* lines(job);
}

function rowsOf(view: JobView, draft: SacctDraft, window: AccountingWindow): AccountingRow[] {
  if (!isWanted(view, draft)) return [];
  return accountingRows(view, window)
    .flatMap((row) => withSteps(row, draft))
    .map((row) => cutToWindow(row, draft, window));
}

/** Jobs that are named are looked up from the beginning; states without times mean now. */
function windowOf(draft: SacctDraft): AccountingWindow {
  const { now, states, jobs } = draft;
  const start: Instant =
    jobs !== undefined ? EPOCH : states !== undefined ? now : midnightBefore(now, draft.zone);
  const from = draft.from ?? start;
  // States without an end mean the state at the beginning (s-CD-no-E).
  const end = states !== undefined && jobs === undefined ? from : now;
  return {
    from,
    to: draft.to ?? (end < from ? from : end),
    states,
    isNamed: jobs !== undefined,
    duplicates: draft.duplicates === true,
  };
}

function selectionOf(call: Invocation, draft: SacctDraft): JobSelection {
  const nodes = draft.nodes === undefined ? undefined : (expandHostlist(draft.nodes) ?? []);
  const isEverybody =
    draft.allUsers === true || draft.jobs !== undefined || call.identity.uid === 0;
  const users = draft.users ?? (isEverybody ? undefined : [call.identity.user]);
  return {
    ...(draft.jobs === undefined ? {} : { refs: draft.jobs.map(({ ref }) => ref) }),
    ...(users === undefined ? {} : { users }),
    ...(draft.names === undefined ? {} : { names: draft.names }),
    ...(draft.partitions === undefined ? {} : { queues: draft.partitions }),
    ...(draft.accounts === undefined ? {} : { accounts: draft.accounts }),
    ...(nodes === undefined ? {} : { nodes }),
  };
}

/** What the selection cannot say. */
function isWanted(view: JobView, draft: SacctDraft): boolean {
  const { extras, limits } = view.request;
  const { timeLimitMinimumMs: least, timeLimitMaximumMs: most = least } = draft;
  const limit = limits.wallTimeMs;
  if (draft.jobs !== undefined && !draft.jobs.some(({ ref }) => refMatches(ref, view)))
    return false;
  if (!isWithin(cpuCount(view), draft.cpus) || !isWithin(nodeCount(view), draft.nodeCount))
    return false;
  if (least !== undefined && (limit === undefined || limit < least || limit > (most ?? least))) {
    return false;
  }
  const { group, gid } = view.owner;
  if (draft.groups?.every((name) => name !== group && name !== String(gid)) === true) return false;
  if (draft.qos?.includes(String(extras?.['slurm.qos'] ?? 'normal')) === false) return false;
  return draft.wckeys?.includes(String(extras?.['slurm.wckey'] ?? '')) ?? true;
}

function isWithin(number: number, range: Range | undefined): boolean {
  return range === undefined || (number >= range.min && number <= range.max);
}

/** The job's row and its step's; a step that is asked for comes alone. */
function withSteps(row: AccountingRow, draft: SacctDraft): AccountingRow[] {
  const asked = draft.jobs?.filter(({ ref }) => refMatches(ref, row.view)) ?? [];
  const isWhole = asked.length === 0 || asked.some(({ step }) => step === undefined);
  const isStep = asked.some(({ step }) => step === 'batch');
  const batch = draft.allocations === true ? undefined : batchRow(row);
  const steps = batch !== undefined && (isWhole || isStep) ? [batch] : [];
  return isWhole ? [row, ...steps] : steps;
}

function cutToWindow(
  row: AccountingRow,
  draft: SacctDraft,
  { from, to }: AccountingWindow,
): AccountingRow {
  if (draft.truncate !== true || row.startedAt === undefined) return row;
  return {
    ...row,
    startedAt: row.startedAt < from ? from : row.startedAt,
    endedAt: row.endedAt === undefined || row.endedAt > to ? to : row.endedAt,
  };
}

function contextOf(call: Invocation, draft: SacctDraft): AccountingContext {
  const length = call.environment.get('SLURM_BITSTR_LEN');
  return {
    now: call.now,
    time: timeWriter(call.environment.get('SLURM_TIME_FORMAT'), draft.zone, call.now),
    cluster: call.site.cluster,
    listLength: length !== undefined && /^\d{1,6}$/.test(length) ? Number(length) : LIST_LENGTH,
    ...(draft.unit === undefined ? {} : { unit: draft.unit }),
    ...(draft.noConvert === true ? { raw: true } : {}),
  };
}
