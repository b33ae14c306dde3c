// Cancelling, signalling, holding and releasing: which jobs are meant, whether the asker may, and what
// follows. One wish may meet many jobs; each has its own answer.

import type { Command, CommandResult, Steered } from '../../model/command.ts';
import type { Ending } from '../../model/event.ts';
import { jobId } from '../../model/ids.ts';
import { indicesOf, type IndexSet } from '../../model/index-set.ts';
import type { CancelledBy, Outcome } from '../../model/outcome.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { JobRef, JobSelection } from '../../model/selection.ts';
import type { Identity } from '../../model/user.ts';
import type { Context } from '../context.ts';
import { askerOf } from '../dependency/evaluate.ts';
import { firstWait } from '../dependency/first-wait.ts';
import { endUnstarted, settle, settleDependents } from '../dependency/settle.ts';
import { finishRun } from '../lifecycle/ends.ts';
import type { Job, Run, StateView } from '../state.ts';
import { find, findElement, matcher, phaseOf, type Selected, stateOf } from './select.ts';

export type SteeringCommand = Command & {
  kind: 'cancelJobs' | 'signalJobs' | 'holdJobs' | 'releaseJobs';
};

/** Carries out one wish over all jobs that it means. */
export function steerJobs(
  state: StateView,
  command: SteeringCommand,
  by: Identity,
  at: Context,
): CommandResult {
  const jobs: Steered[] = [];
  const steer = (ref: JobRef, found: Selected): void => {
    const refusal = mayNot(found.job, ref, by) ?? carryOut(state, command, found, ref, by, at);
    const job = found.job.array?.id ?? found.job.id;
    jobs.push(refusal === undefined ? { ref, job } : { ref, job, refusal });
  };
  const { refs } = command.selection;
  if (refs === undefined) {
    for (const found of matching(state, command.selection, by)) steer(refOf(found), found);
    if (jobs.length === 0) return { kind: 'refused', refusal: { code: 'noMatchingJob' } };
  }
  for (const ref of refs ?? []) {
    const found = targets(state, command, ref, by, at);
    if ('code' in found) jobs.push({ ref, job: ref.job, refusal: found });
    else for (const one of found) steer(one.job.elements || ref.elements ? refOf(one) : ref, one);
  }
  return { kind: 'steered', jobs };
}

function refOf({ job, run }: Selected): JobRef {
  const element = run?.element ?? job.element;
  const base = job.array?.id ?? job.id;
  if (element === undefined) return { job: base };
  return { job: base, elements: [{ first: element, count: 1, step: 1 }] };
}

function* matching(state: StateView, selection: JobSelection, by: Identity): Generator<Selected> {
  const matches = matcher(selection);
  const wanted = selection.states && new Set(selection.states);
  const found: Selected[] = [];
  for (const job of state.jobs.values()) {
    if (job.state.kind === 'finished' || !matches(job)) continue;
    if (!by.administrator && job.owner.uid !== by.uid) continue;
    if (job.elements === undefined || wanted === undefined) found.push({ job });
    else found.push(...selectedElements(job, wanted));
  }
  yield* selection.onlyLast ? found.slice(-1) : found;
}

function selectedElements(array: Job, wanted: ReadonlySet<string>): Selected[] {
  const found: Selected[] =
    wanted.has('pending') && array.elements?.waitingCount ? [{ job: array }] : [];
  for (const run of array.elements?.active.values() ?? []) {
    if (wanted.has(phaseOf(run))) found.push({ job: array, run });
  }
  return found;
}

/** The jobs that a reference names; waiting elements that are named get records of their own. */
function targets(
  state: StateView,
  command: SteeringCommand,
  ref: JobRef,
  by: Identity,
  at: Context,
): readonly Selected[] | Refusal {
  const found = find(state, ref.job);
  if (found === undefined) return { code: 'noSuchJob', ref };
  const matches = matcher(command.selection);
  if (!matches(found.job)) return [];
  if (ref.elements === undefined) return [found];
  if (found.job.elements === undefined) return { code: 'notAnArray', ref };
  const refusal = mayNot(found.job, ref, by);
  if (refusal !== undefined) return refusal;
  return namedElements(state, found.job, ref.elements, at) ?? { code: 'noSuchElement', ref };
}

function namedElements(
  state: StateView,
  array: Job,
  indices: IndexSet,
  at: Context,
): Selected[] | undefined {
  const found: Selected[] = [];
  for (const index of indicesOf(indices)) {
    let element = findElement(array, index);
    if (element === 'waiting') {
      const id = jobId(state.nextJobId);
      at.emit({ kind: 'elementDetached', array: array.id, element: index, job: id, at: at.now });
      element = { job: state.jobs.get(id) as Job };
    }
    if (element !== undefined) found.push(element);
  }
  return found.length === 0 ? undefined : found;
}

function mayNot(job: Job, ref: JobRef, by: Identity): Refusal | undefined {
  return by.administrator || job.owner.uid === by.uid ? undefined : { code: 'notPermitted', ref };
}

function carryOut(
  state: StateView,
  command: SteeringCommand,
  found: Selected,
  ref: JobRef,
  by: Identity,
  at: Context,
): Refusal | undefined {
  const { job } = found;
  const run = found.run ?? (job.state.kind === 'active' ? job.state.run : undefined);
  if (run === undefined && job.state.kind === 'finished') return { code: 'alreadyFinished', ref };
  switch (command.kind) {
    case 'cancelJobs':
      cancel(state, command, { job, run: found.run }, by, at);
      return undefined;
    case 'signalJobs':
      return signal(command, job, run, ref, at);
    case 'holdJobs':
      return hold(job, run, by, at);
    case 'releaseJobs':
      return release(state, job, by, ref, at);
    default:
      return command satisfies never;
  }
}

function cancel(
  state: StateView,
  command: SteeringCommand & { kind: 'cancelJobs' },
  found: Selected,
  by: Identity,
  at: Context,
): void {
  const { job } = found;
  const ending = endingOf(command, job, by);
  if (found.run !== undefined) {
    cancelRun(state, command, found.run, ending, at);
    return;
  }
  if (job.state.kind === 'active') {
    cancelRun(state, command, job.state.run, ending, at);
    return;
  }
  for (const run of [...(job.elements?.active.values() ?? [])]) {
    cancelRun(state, command, run, ending, at);
  }
  for (const element of [...(job.elements?.detached.values() ?? [])]) {
    if (element.state.kind === 'active') cancelRun(state, command, element.state.run, ending, at);
    else if (element.state.kind === 'pending') endUnstarted(element, cancelled(ending), at);
  }
  if (job.elements === undefined || job.elements.waitingCount > 0) {
    endUnstarted(job, cancelled(ending), at);
  }
  settleDependents(state, job.array?.id ?? job.id, at);
}

function cancelRun(
  state: StateView,
  command: SteeringCommand & { kind: 'cancelJobs' },
  run: Run,
  ending: Ending & { kind: 'cancelled' },
  at: Context,
): void {
  if (command.onlyPending) return;
  if (command.forget) {
    at.emit({ kind: 'attemptEnding', job: run.id, at: at.now, ending, plan: command.plan });
    finishRun(state, run, { outcome: cancelled(ending), at: at.now }, at);
    return;
  }
  if (run.phase === 'completing') return;
  at.emit({ kind: 'attemptEnding', job: run.id, at: at.now, ending, plan: command.plan });
}

function endingOf(
  command: SteeringCommand & { kind: 'cancelJobs' },
  job: Job,
  by: Identity,
): Ending & { kind: 'cancelled' } {
  const who: CancelledBy = by.uid === job.owner.uid ? 'owner' : 'administrator';
  return {
    kind: 'cancelled',
    by: who,
    uid: by.uid,
    ...(command.why !== undefined && { why: command.why }),
    ...(command.asDone && { asDone: true }),
  };
}

function cancelled(ending: Ending & { kind: 'cancelled' }): Outcome {
  return { ...ending, exitCode: 0, signal: 0 };
}

function signal(
  command: SteeringCommand & { kind: 'signalJobs' },
  job: Job,
  run: Run | undefined,
  ref: JobRef,
  at: Context,
): Refusal | undefined {
  const runs =
    run !== undefined
      ? [run]
      : [
          ...(job.elements?.active.values() ?? []),
          ...[...(job.elements?.detached.values() ?? [])].flatMap((one) =>
            one.state.kind === 'active' ? [one.state.run] : [],
          ),
        ];
  if (runs.length === 0) return { code: 'notStarted', ref };
  for (const { id } of runs) {
    const { signal: number, scope } = command;
    at.emit({ kind: 'attemptSignalled', job: id, at: at.now, signal: number, scope });
  }
  return undefined;
}

function hold(job: Job, run: Run | undefined, by: Identity, at: Context): Refusal | undefined {
  if (run !== undefined || stateOf(job) !== 'pending') return undefined;
  const who = by.uid === job.owner.uid ? 'user' : 'administrator';
  at.emit({ kind: 'jobHeld', job: job.id, at: at.now, by: who });
  return undefined;
}

function release(
  state: StateView,
  job: Job,
  by: Identity,
  ref: JobRef,
  at: Context,
): Refusal | undefined {
  if (job.heldBy === undefined) return undefined;
  if (job.heldBy === 'administrator' && !by.administrator) return { code: 'notPermitted', ref };
  const { request } = job.spec;
  const waiting = { request, held: false, notBefore: job.notBefore, element: job.element };
  const waitsFor = firstWait(state, askerOf(job), waiting, at.now);
  at.emit({ kind: 'jobReleased', job: job.id, at: at.now, waitsFor });
  if (waitsFor === 'dependency') settle(state, job, at);
  return undefined;
}
