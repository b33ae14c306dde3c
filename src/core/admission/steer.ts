// Cancelling, signalling, holding and releasing: which jobs are meant, whether the asker may, and
// what follows. One wish may meet many jobs; each has its own answer.

import type { Command, CommandResult, Steered } from '../../model/command.ts';
import { jobId } from '../../model/ids.ts';
import { commonIndices, indexCount, indicesOf } from '../../model/index-set.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { JobRef, JobSelection, JobStateName } from '../../model/selection.ts';
import type { Identity } from '../../model/user.ts';
import type { Context } from '../context.ts';
import { askerOf } from '../dependency/evaluate.ts';
import { firstWait } from '../dependency/first-wait.ts';
import { settle } from '../dependency/settle.ts';
import type { Elements, Job, Run, StateView } from '../state.ts';
import { cancel } from './cancel.ts';
import { allRuns, find, isWanted, matcher, phaseOf, type Selected, stateOf } from './select.ts';

/** The wishes that are about jobs that there are. */
export type SteeringCommand = Command & {
  kind: 'cancelJobs' | 'signalJobs' | 'holdJobs' | 'releaseJobs';
};

/** A wish being carried out: who wants it, and when. */
export interface Errand<C extends SteeringCommand = SteeringCommand> {
  readonly state: StateView;
  readonly command: C;
  readonly by: Identity;
  readonly at: Context;
}

/** Waiting elements of an array that one wish may name: each becomes a record and a row. */
const MOST_DETACHED = 100_000;

/** Carries out one wish over all jobs that it means. */
export function steerJobs(
  state: StateView,
  command: SteeringCommand,
  by: Identity,
  at: Context,
): CommandResult {
  const errand = { state, command, by, at };
  const jobs: Steered[] = [];
  const steer = (ref: JobRef, found: Selected): void => {
    const refusal = mayNot(found.job, ref, by) ?? carryOut(errand, found, ref);
    const job = found.job.array?.id ?? found.job.id;
    jobs.push(refusal === undefined ? { ref, job } : { ref, job, refusal });
  };
  const { refs } = command.selection;
  if (refs === undefined) {
    for (const found of matching(state, command.selection, by)) steer(refOf(found), found);
    if (jobs.length === 0) return { kind: 'refused', refusal: { code: 'noMatchingJob' } };
  }
  for (const ref of refs ?? []) {
    const found = targets(errand, ref);
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

/**
 * Everything unfinished of the asker (of an administrator, or where users are named: of all) that
 * the filters let through. That a named user's job may not be touched is an answer of its own.
 */
function matching(state: StateView, selection: JobSelection, by: Identity): readonly Selected[] {
  const matches = matcher(selection);
  const wanted = selection.states && new Set(selection.states);
  const found: Selected[] = [];
  for (const job of state.jobs.values()) {
    if (job.state.kind === 'finished' || !matches(job)) continue;
    const isMeant = by.administrator || selection.users !== undefined;
    if (!isMeant && job.owner.uid !== by.uid) continue;
    if (job.elements === undefined || wanted === undefined || hasPart(job.elements, wanted)) {
      found.push({ job });
    }
  }
  return selection.onlyLast ? found.slice(-1) : found;
}

/** Whether any element that has no record of its own is in one of the states. */
function hasPart({ waitingCount, active }: Elements, wanted: ReadonlySet<JobStateName>): boolean {
  if (waitingCount > 0 && wanted.has('pending')) return true;
  return [...active.values()].some((run) => wanted.has(phaseOf(run)));
}

/** The jobs that a reference names; waiting elements that are named get records of their own. */
function targets(errand: Errand, ref: JobRef): readonly Selected[] | Refusal {
  const { state, command, by } = errand;
  const found = find(state, ref.job);
  if (found === undefined) return { code: 'noSuchJob', ref };
  if (!matcher(command.selection)(found.job)) return [];
  if (found.run !== undefined && !isWanted(command, phaseOf(found.run))) return [];
  if (ref.elements === undefined) return [found];
  if (found.job.elements === undefined) return { code: 'notAnArray', ref };
  return mayNot(found.job, ref, by) ?? namedElements(errand, found.job, ref);
}

function namedElements(
  { state, command, at }: Errand,
  array: Job,
  ref: JobRef,
): readonly Selected[] | Refusal {
  const { array: asked } = array.spec.request;
  const named = commonIndices(asked?.indices ?? [], ref.elements ?? []);
  if (named.length === 0) return { code: 'noSuchElement', ref };
  const { active, closed, detached, waiting } = array.elements as Elements;
  const mayWait = closed === undefined && isWanted(command, 'pending');
  const waits = mayWait ? commonIndices(waiting, named) : [];
  const count = indexCount(waits);
  // A signal reaches nobody there: nothing is to change then.
  if (count > 0 && command.kind !== 'signalJobs') {
    if (count > MOST_DETACHED) return { code: 'arrayTooLarge', maximum: MOST_DETACHED };
    const firstJob = jobId(state.nextJobId);
    const elements = waits;
    at.emit({ kind: 'elementsDetached', array: array.id, elements, firstJob, at: at.now });
  }
  const found: Selected[] = [];
  for (const index of indicesOf(named)) {
    const job = detached.get(index);
    const run = active.get(index);
    if (job !== undefined && isWanted(command, stateOf(job))) found.push({ job });
    else if (run !== undefined && isWanted(command, phaseOf(run))) found.push({ job: array, run });
  }
  if (found.length > 0) return found;
  return { code: count > 0 ? 'notStarted' : 'alreadyFinished', ref };
}

function mayNot(job: Job, ref: JobRef, by: Identity): Refusal | undefined {
  return by.administrator || job.owner.uid === by.uid ? undefined : { code: 'notPermitted', ref };
}

function carryOut(errand: Errand, found: Selected, ref: JobRef): Refusal | undefined {
  const { command, ...rest } = errand;
  const { job } = found;
  const run = found.run ?? (job.state.kind === 'active' ? job.state.run : undefined);
  if (run === undefined && job.state.kind === 'finished') return { code: 'alreadyFinished', ref };
  switch (command.kind) {
    case 'cancelJobs':
      cancel({ ...rest, command }, found);
      return undefined;
    case 'signalJobs':
      return signal({ ...rest, command }, run === undefined ? runsOf(errand, job) : [run], ref);
    case 'holdJobs':
      if (run === undefined && stateOf(job) === 'pending') hold(errand, job);
      return undefined;
    case 'releaseJobs':
      return release(errand, job, ref);
    default:
      return command satisfies never;
  }
}

/** Everything of an array that holds a node and is meant. */
function runsOf({ command }: Errand, { elements }: Job): readonly Run[] {
  if (elements === undefined) return [];
  return allRuns(elements).filter((run) => isWanted(command, phaseOf(run)));
}

function signal(
  { command, at }: Errand<SteeringCommand & { kind: 'signalJobs' }>,
  runs: readonly Run[],
  ref: JobRef,
): Refusal | undefined {
  if (runs.length === 0) return { code: 'notStarted', ref };
  const { signal: number, scope } = command;
  for (const { id } of runs) {
    at.emit({ kind: 'attemptSignalled', job: id, at: at.now, signal: number, scope });
  }
  return undefined;
}

function hold({ by, at }: Errand, job: Job): void {
  const who = by.uid === job.owner.uid ? 'user' : 'administrator';
  if (job.heldBy === 'administrator' && !by.administrator) return;
  at.emit({ kind: 'jobHeld', job: job.id, at: at.now, by: who });
}

function release({ state, by, at }: Errand, job: Job, ref: JobRef): Refusal | undefined {
  if (job.heldBy === undefined) return undefined;
  if (job.heldBy === 'administrator' && !by.administrator) return { code: 'notPermitted', ref };
  const waiting = { request: job.spec.request, held: false, notBefore: job.notBefore };
  const waitsFor = firstWait(state, askerOf(job), waiting, at.now);
  at.emit({ kind: 'jobReleased', job: job.id, at: at.now, waitsFor });
  if (waitsFor === 'dependency') settle(state, job, at);
  return undefined;
}
