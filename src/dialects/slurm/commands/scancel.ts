// scancel: ends or signals jobs (recorded: 09-scancel). Unknown and ended jobs are passed over in
// silence; one malformed id and nothing at all is ended.

import { expandHostlist } from '../../../base/hostlist.ts';
import type { Command, Steered } from '../../../model/command.ts';
import type { SignalScope } from '../../../model/end-plan.ts';
import { jobId } from '../../../model/ids.ts';
import type { Refusal } from '../../../model/refusal.ts';
import type { JobRef, JobSelection } from '../../../model/selection.ts';
import {
  type Answer,
  type Dialog,
  type Invocation,
  type Program,
  type Step,
  command,
  pause,
  query,
  write,
} from '../../kit/dialog.ts';
import { applyOptions, applyVariables } from '../../kit/getopt.ts';
import { SIGKILL } from '../../kit/signals.ts';
import {
  commandFrame,
  complaintText,
  getoptComplaint,
  readWords,
  shownText,
} from '../command-frame.ts';
import { ENDED, killed } from '../end-plans.ts';
import { type WrittenId, parseJobIds, writtenRef } from '../job-ids.ts';
import { SCANCEL_OPTIONS, type ScancelDraft } from '../options/scancel.ts';
import { slurmError } from '../refusals.ts';

const FAILED = 1;
/** A signal to a job that has not started is tried again so often, 5 s, 6 s … apart. */
const MOST_RETRIES = 10;
const FIRST_RETRY_S = 5;

/** The command's rows and words of help. */
export const SCANCEL = commandFrame<ScancelDraft>({
  name: 'scancel',
  rows: SCANCEL_OPTIONS,
  permute: true,
  hint: true,
  synopsis: 'scancel [OPTION]... [JOB[_INDEX][.STEP]]...',
  summary: 'Ends jobs, or sends them a signal.',
});

/** The command. */
export const scancel: Program = function* (call): Dialog {
  const line = readWords(SCANCEL, call.arguments);
  if (line.complaint !== undefined) {
    yield* write('stderr', getoptComplaint(SCANCEL, line.complaint));
    return FAILED;
  }
  const draft: ScancelDraft = {};
  const complaint =
    applyVariables(draft, SCANCEL_OPTIONS, 'scancel', call.environment) ??
    applyOptions(draft, line.options);
  if (draft.show !== undefined) {
    yield* write('stdout', shownText(SCANCEL, draft.show));
    return 0;
  }
  if (complaint !== undefined) return yield* complain(complaint);
  const ids = readIds(line.operands);
  if ('complaint' in ids) return yield* complain(ids.complaint);
  if (ids.length === 0 && !hasFilter(draft)) {
    return yield* complain('error: No job identification provided');
  }
  return yield* steerAll(call, draft, ids);
};

function* complain(text: string): Dialog {
  yield* write('stderr', complaintText('scancel', text));
  return FAILED;
}

function readIds(operands: readonly string[]): readonly WrittenId[] | { complaint: string } {
  const ids: WrittenId[] = [];
  for (const operand of operands) {
    const found = parseJobIds(operand);
    if ('bad' in found) return { complaint: `error: Invalid job id ${found.bad}` };
    ids.push(...found);
  }
  return ids;
}

function hasFilter(draft: ScancelDraft): boolean {
  const { account, me, name, nodes, partition, states, users } = draft;
  return [account, me, name, nodes, partition, states, users].some((part) => part !== undefined);
}

function* steerAll(call: Invocation, draft: ScancelDraft, ids: readonly WrittenId[]): Dialog {
  if (draft.states?.length === 0) return 0;
  // Jobs have one step, the script; other steps have ended, as unknown ones have.
  const whole = ids.filter(({ step }) => step === undefined).map(({ ref }) => ref);
  const scripts = ids.filter(({ step }) => step === 'batch').map(({ ref }) => ref);
  let status = 0;
  if (whole.length > 0 || ids.length === 0) {
    const selection = selectionOf(call, draft, ids.length === 0 ? undefined : whole);
    status = yield* steer(call, draft, selection, scopeOf(draft));
  }
  if (scripts.length > 0) {
    const selection = selectionOf(call, draft, scripts);
    status = (yield* steer(call, draft, selection, 'script')) || status;
  }
  return status;
}

/** undefined: the job's steps, of which there are none. */
function scopeOf(draft: ScancelDraft): SignalScope | undefined {
  if (draft.full === true) return 'all';
  return draft.batch === true ? 'script' : undefined;
}

function* steer(
  call: Invocation,
  draft: ScancelDraft,
  selection: JobSelection,
  scope: SignalScope | undefined,
): Dialog {
  if ((draft.verbose ?? 0) > 0) {
    for (const ref of selection.refs ?? []) yield* announce(draft, ref);
  }
  let wish = selection;
  for (let retries = 0; ; retries++) {
    const steered = yield* once(call, draft, wish, scope);
    const waiting = steered.filter(({ refusal }) => refusal?.code === 'notStarted');
    if (waiting.length === 0 || retries === MOST_RETRIES) return yield* report(draft, steered);
    const others = steered.filter(({ refusal }) => refusal?.code !== 'notStarted');
    const status = yield* report(draft, others);
    if (status !== 0) return status;
    yield* pause((FIRST_RETRY_S + retries) * 1000);
    wish = { refs: waiting.map(({ ref }) => ref) };
  }
}

function* announce(draft: ScancelDraft, ref: JobRef): Generator<Step, void, Answer> {
  const { signal, batch } = draft;
  const name = writtenRef(ref);
  const words =
    signal === undefined
      ? `Terminating job ${name}`
      : `Signal ${signal} to ${batch === true ? 'batch ' : ''}job ${name}`;
  yield* write('stderr', `scancel: ${words}\n`);
}

function* once(
  call: Invocation,
  draft: ScancelDraft,
  selection: JobSelection,
  scope: SignalScope | undefined,
): Generator<Step, readonly Steered[], Answer> {
  const wish = commandOf(draft, selection, scope);
  if (wish === undefined) return yield* signalSteps(call, selection);
  const result = yield* command(wish);
  if (result.kind === 'steered') return result.jobs;
  if (result.kind !== 'refused') return [];
  const { refusal } = result;
  const refs = selection.refs ?? ('ref' in refusal && refusal.ref ? [refusal.ref] : []);
  return (refs.length === 0 ? [NO_JOB] : refs).map((ref) => ({ ref, job: ref.job, refusal }));
}

/** Stands in a refusal that concerns no job. */
const NO_JOB: JobRef = { job: jobId(0) };

/** The wish; undefined: a signal for steps. */
function commandOf(
  draft: ScancelDraft,
  selection: JobSelection,
  scope: SignalScope | undefined,
): Command | undefined {
  const { signal } = draft;
  if (signal === SIGKILL || (signal === undefined && scope === 'script')) {
    return { kind: 'cancelJobs', selection, plan: killed(scope ?? 'all') };
  }
  if (signal === undefined) return { kind: 'cancelJobs', selection, plan: ENDED };
  return scope === undefined ? undefined : { kind: 'signalJobs', selection, signal, scope };
}

/**
 * Without -b or -f a signal reaches the steps that srun started and nothing else: a job without
 * steps does not notice (09-scancel/signal-usr1). What remains are the complaints.
 */
function* signalSteps(
  call: Invocation,
  selection: JobSelection,
): Generator<Step, readonly Steered[], Answer> {
  const view = yield* query({ kind: 'jobs', selection });
  if (view.kind !== 'jobs') return [];
  return view.jobs.map((job) => {
    const ref = { job: job.base };
    const isAllowed = job.owner.uid === call.identity.uid || call.identity.administrator;
    const refusal: Refusal | undefined = !isAllowed
      ? { code: 'notPermitted', ref }
      : job.state === 'pending'
        ? { code: 'notStarted', ref }
        : undefined;
    return { ref, job: job.base, ...(refusal === undefined ? {} : { refusal }) };
  });
}

/** Refusals that are no complaint unless asked for: there is nothing left to end. */
const SILENT: ReadonlySet<Refusal['code']> = new Set<Refusal['code']>([
  'noSuchJob',
  'noMatchingJob',
  'alreadyFinished',
  'notAnArray',
  'noSuchElement',
]);

function* report(draft: ScancelDraft, steered: readonly Steered[]): Dialog {
  let status = 0;
  for (const { ref, refusal } of steered) {
    if (refusal === undefined) continue;
    const isSilent = SILENT.has(refusal.code);
    if (isSilent && ((draft.verbose ?? 0) === 0 || draft.quiet === true)) continue;
    const { text, number } = slurmError(refusal);
    const whom = ref === NO_JOB ? '' : ` on job id ${writtenRef(ref)}`;
    yield* write('stderr', `scancel: error: Kill job error${whom}: ${text}\n`);
    if (!isSilent) status = number % 256;
  }
  return status;
}

function selectionOf(
  call: Invocation,
  draft: ScancelDraft,
  refs: readonly JobRef[] | undefined,
): JobSelection {
  const nodes = draft.nodes === undefined ? undefined : (expandHostlist(draft.nodes) ?? []);
  const users = draft.me === true ? [call.identity.user] : draft.users;
  // Filters alone never reach for the jobs of others.
  const own = refs === undefined && !call.identity.administrator ? [call.identity.user] : undefined;
  const chosen = users ?? own;
  return {
    ...(refs === undefined ? {} : { refs }),
    ...(chosen === undefined ? {} : { users: chosen }),
    ...(draft.name === undefined ? {} : { names: [draft.name] }),
    ...(draft.partition === undefined ? {} : { queues: [draft.partition] }),
    ...(draft.account === undefined ? {} : { accounts: [draft.account] }),
    ...(draft.states === undefined ? {} : { states: draft.states }),
    ...(nodes === undefined ? {} : { nodes }),
  };
}
