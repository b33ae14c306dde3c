// What follows from the end of an attempt: run again, write the report, or finish; and what that
// means for the jobs that wait for it.

import type { Instant } from '../../base/brand.ts';
import type { RetryRule } from '../../model/job-request.ts';
import { isSuccess, NO_USAGE, type Outcome, type Usage } from '../../model/outcome.ts';
import type { AttemptEnded } from '../../model/report.ts';
import type { Context } from '../context.ts';
import { settleDependents } from '../dependency/settle.ts';
import type { Job, Run, StateView } from '../state.ts';

/** The end of an attempt. */
export interface End {
  readonly outcome: Outcome;
  readonly at: Instant;
  readonly startedAt?: Instant | undefined;
  readonly usage?: Usage;
}

/** Decides what follows from what the node reported. */
export function endRun(state: StateView, run: Run, ended: AttemptEnded, at: Context): void {
  const startedAt = run.startedAt ?? ended.startedAt;
  const end: End = {
    outcome: outcomeOf(run, ended),
    at: Math.max(ended.at, startedAt) as Instant,
    startedAt: ended.launchFailure === undefined ? startedAt : run.startedAt,
    usage: ended.usage,
  };
  if (runsAgain(run, end.outcome, at)) requeueRun(run, end, at);
  else if (run.job.spec.request.report && ended.lost !== true) {
    at.emit({
      kind: 'attemptCompleting',
      job: run.id,
      at: end.at,
      startedAt: end.startedAt,
      outcome: end.outcome,
      usage: ended.usage,
    });
  } else finishRun(state, run, end, at);
}

/** The job has ended for good, and everybody who waits for it is told. */
export function finishRun(state: StateView, run: Run, end: End, at: Context): void {
  const { job } = run;
  at.emit({
    kind: 'jobFinished',
    job: run.id,
    at: end.at,
    startedAt: end.startedAt ?? run.startedAt,
    outcome: end.outcome,
    usage: end.usage ?? NO_USAGE,
  });
  const array = job.array ?? job;
  if (array.spec.request.array?.isSequence && !isSuccess(end.outcome)) breakSequence(array, at);
  if (state.dependencyWaiters.size === 0) return;
  settleDependents(state, job, at, run.element);
}

/** One of a sequence failed: those behind it have a dependency that can never be met. */
function breakSequence(array: Job, at: Context): void {
  if (array.state.kind === 'finished' || array.elements?.closed !== undefined) return;
  const outcome: Outcome = { kind: 'neverStarted', why: 'dependency' };
  at.emit({ kind: 'arrayClosed', job: array.id, at: at.now, outcome });
}

/** The attempt is over; the job waits to run again. */
function requeueRun(run: Run, end: End, at: Context): void {
  const delayMs = at.policy.requeueDelayMs[run.job.spec.request.dialect];
  at.emit({
    kind: 'jobRequeued',
    job: run.id,
    at: end.at,
    startedAt: end.startedAt ?? run.startedAt,
    outcome: end.outcome,
    usage: end.usage ?? NO_USAGE,
    notBefore: delayMs === 0 ? undefined : ((at.now + delayMs) as Instant),
  });
}

/** The node is lost for good: run again if the job may, else end as failed with the node. */
export function loseRun(state: StateView, run: Run, at: Context): void {
  if (run.ended !== undefined) {
    finishRun(state, run, run.ended, at);
    return;
  }
  const node = run.allocation[0]?.node ?? '';
  const end: End = { outcome: { kind: 'nodeFailed', node }, at: at.now };
  if (mayRunAgain(run, end.outcome, at)) requeueRun(run, end, at);
  else finishRun(state, run, end, at);
}

/** Whether a lost node's attempt would run again. */
export function mayRunAgain(run: Run, outcome: Outcome, at: Context): boolean {
  if (run.ending !== undefined) return false;
  return run.job.spec.request.rerunnable === true || runsAgain(run, outcome, at);
}

function outcomeOf(run: Run, ended: AttemptEnded): Outcome {
  const { exitCode, signal } = ended;
  if (run.ending !== undefined) return { ...run.ending.ending, exitCode, signal };
  if (ended.launchFailure !== undefined) return { kind: 'launchFailed', ...ended.launchFailure };
  if (ended.lost) return { kind: 'nodeFailed', node: run.allocation[0]?.node ?? '' };
  if (ended.outOfMemory) return { kind: 'outOfMemory', exitCode, signal };
  return { kind: 'exited', exitCode, signal };
}

/** Batch's retry strategy: the first rule that matches decides; no match means retry. */
function runsAgain(run: Run, outcome: Outcome, at: Context): boolean {
  const { retry, rerunnable } = run.job.spec.request;
  if (run.ending !== undefined || isSuccess(outcome)) return false;
  if (retry === undefined) return rerunnable === true && outcome.kind === 'nodeFailed';
  if (run.attempt >= retry.attempts) return false;
  const words = at.policy.retryWords(outcome);
  const rule = retry.evaluateOnExit.find(
    (one) =>
      matches(one.onStatusReason, words.statusReason) &&
      matches(one.onReason, words.reason) &&
      matches(one.onExitCode, words.exitCode),
  );
  return (rule?.action ?? 'retry') === ('retry' satisfies RetryRule['action']);
}

/** Only a trailing `*` is special; an absent pattern matches everything. */
function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
