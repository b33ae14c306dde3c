// bkill. Ids select jobs of everybody (the engine says what is permitted); without ids the last job
// that matches is meant, and 0 means all of them. One line for every job, 255 if any failed.

import type { Command, CommandResult, Steered } from '../../../model/command.ts';
import type { JobRef, JobSelection, JobStateName } from '../../../model/selection.ts';
import type { JobView } from '../../../model/view.ts';
import {
  type Answer,
  command,
  type Dialog,
  type Invocation,
  query,
  type Step,
  write,
} from '../../kit/dialog.ts';
import { visible } from '../../kit/control-characters.ts';
import { SIGCONT, SIGKILL, SIGNAL_NAMES, SIGSTOP, SIGTSTP } from '../../kit/signals.ts';
import { parseClustered } from '../arguments.ts';
import { KILL_AT_ONCE, KILL_PLAN } from '../end-plans.ts';
import { idText, readId } from '../job-ids.ts';
import { nameSelection } from '../listing/selection.ts';
import { refusalWords } from '../refusals.ts';
import { optionComplaint, printUsage, printVersion, refusedComplaint } from '../usage.ts';
import { type BkillDraft, BKILL_ROWS } from './bkill-options.ts';

const OPERANDS = '[job_ID | "job_ID[index_list]" ... | 0]';
const FAILED = 255;

/** Ends jobs, or sends them a signal. */
export function* bkill(call: Invocation): Dialog {
  const parsed = parseClustered(call.arguments, BKILL_ROWS);
  if (parsed.kind !== 'parsed') {
    yield* write('stderr', optionComplaint('bkill', parsed));
    yield* printUsage('bkill', OPERANDS, BKILL_ROWS);
    return FAILED;
  }
  const draft: BkillDraft = {};
  for (const { row, value } of parsed.given) {
    const complaint = refusedComplaint(row) ?? row.set?.(draft, value);
    if (complaint !== undefined) return yield* fail(complaint);
  }
  if (draft.wanted === 'version') yield* printVersion();
  if (draft.wanted === 'help') yield* printUsage('bkill', OPERANDS, BKILL_ROWS);
  if (draft.wanted === 'signals') yield* write('stdout', `${SIGNAL_NAMES.join(' ')}\n`);
  return draft.wanted === undefined ? yield* steer(call, draft, parsed.rest) : 0;
}

function* fail(words: string): Dialog {
  yield* write('stderr', `${visible(words)}\n`);
  return FAILED;
}

function* steer(call: Invocation, draft: BkillDraft, words: readonly string[]): Dialog {
  const refs: JobRef[] = [];
  let isAll = false;
  for (const word of words) {
    const id = readId(word);
    if (id.kind === 'bad') return yield* fail(id.complaint);
    if (id.kind === 'all') isAll = true;
    else refs.push(id.ref);
  }
  if (!isAll && refs.length === 0 && !hasSelector(draft)) {
    yield* write('stderr', "Job ID or one of '-m', '-u' '-q' and '-J' must be specified.\n");
    yield* printUsage('bkill', OPERANDS, BKILL_ROWS);
    return FAILED;
  }
  const selection = yield* selectionOf(call, draft, isAll ? [] : refs, isAll);
  if (selection === undefined) return yield* nothingFound(draft);
  const result = yield* command(commandOf(draft, selection));
  return yield* report(draft, result);
}

function hasSelector({
  name,
  users,
  isAllUsers,
  queue,
  host,
  group,
  application,
}: BkillDraft): boolean {
  return Boolean(name ?? users ?? isAllUsers ?? queue ?? host ?? group ?? application);
}

/** undefined: no job is in the group or has the profile that was asked for. */
function* selectionOf(
  call: Invocation,
  draft: BkillDraft,
  ...[refs, isAll]: [readonly JobRef[], boolean]
): Generator<Step, JobSelection | undefined, Answer> {
  const users = draft.isAllUsers ? undefined : draft.users;
  const own = refs.length > 0 || draft.isAllUsers ? undefined : [call.identity.user];
  const states = statesOf(draft);
  const selection: JobSelection = {
    ...(refs.length === 0 ? {} : { refs }),
    ...((users ?? own) === undefined ? {} : { users: users ?? own ?? [] }),
    ...nameSelection(draft.name),
    ...(draft.queue === undefined ? {} : { queues: [draft.queue] }),
    ...(draft.host === undefined ? {} : { nodes: [draft.host] }),
    ...(states === undefined ? {} : { states }),
    ...(refs.length === 0 && !isAll ? { onlyLast: true } : {}),
  };
  if (draft.group === undefined && draft.application === undefined) return selection;
  return yield* narrowed(draft, selection);
}

/** Groups and profiles are known to the request alone: the jobs are looked up first. */
function* narrowed(
  draft: BkillDraft,
  { onlyLast, ...selection }: JobSelection,
): Generator<Step, JobSelection | undefined, Answer> {
  const view = yield* query({ kind: 'jobs', selection });
  const isWanted = ({ request }: JobView): boolean =>
    [
      [draft.group, 'lsf.group'],
      [draft.application, 'lsf.application'],
    ].every(([value, key]) => value === undefined || request.extras?.[key as string] === value);
  const jobs = view.kind === 'jobs' ? view.jobs.filter(isWanted) : [];
  const bases = [...new Set(jobs.map(({ base }) => base))].sort((a, b) => a - b);
  if (bases.length === 0) return undefined;
  const chosen = onlyLast ? bases.slice(-1) : bases;
  return { refs: chosen.map((job) => ({ job })) };
}

function statesOf({ onlyState }: BkillDraft): readonly JobStateName[] | undefined {
  if (onlyState === undefined) return undefined;
  return onlyState === 'run' ? ['starting', 'running', 'completing'] : ['pending'];
}

function commandOf(draft: BkillDraft, selection: JobSelection): Command {
  const { signal } = draft;
  if (signal !== undefined && signal !== SIGKILL) {
    return { kind: 'signalJobs', selection, signal, scope: 'all' };
  }
  return {
    kind: 'cancelJobs',
    selection,
    plan: signal === SIGKILL || draft.isForgotten ? KILL_AT_ONCE : KILL_PLAN,
    ...(draft.isDone ? { asDone: true } : {}),
    ...(draft.isForgotten ? { forget: true } : {}),
    ...(draft.why === undefined ? {} : { why: draft.why }),
  };
}

function* report(draft: BkillDraft, result: CommandResult): Dialog {
  if (result.kind === 'refused') {
    if (result.refusal.code === 'noMatchingJob') return yield* nothingFound(draft);
    return yield* fail(refusalWords(result.refusal));
  }
  if (result.kind !== 'steered') return FAILED;
  if (result.jobs.length === 0) return yield* nothingFound(draft);
  let status = 0;
  for (const steered of result.jobs) {
    if (steered.refusal !== undefined) status = yield* fail(refusalFor(steered));
    else yield* write('stdout', `Job <${idText(steered.ref)}> is being ${deed(draft)}\n`);
  }
  return status;
}

function deed({ signal }: BkillDraft): string {
  if (signal === undefined || signal === SIGKILL) return 'terminated';
  if (signal === SIGSTOP || signal === SIGTSTP) return 'stopped';
  return signal === SIGCONT ? 'resumed' : 'signaled';
}

/** Whatever the refusal says, the job is named as the user named it. */
function refusalFor({ ref, refusal }: Steered): string {
  if (refusal === undefined) return '';
  const words = refusalWords(refusal).replace(/^Job <[^>]*>: /, '');
  return `Job <${idText(ref)}>: ${words}`;
}

function* nothingFound({ name, queue, host }: BkillDraft): Dialog {
  if (name !== undefined) return yield* fail(`Job <${name}> is not found`);
  if (queue !== undefined) {
    const view = yield* query({ kind: 'queues' });
    const isKnown = view.kind === 'queues' && view.queues.some((one) => one.name === queue);
    if (!isKnown) return yield* fail(`${queue}: No such queue`);
    return yield* fail(`No unfinished job found in queue <${queue}>`);
  }
  const place = host === undefined ? '' : ` on host/group <${host}>`;
  return yield* fail(`No unfinished job found${place}`);
}
