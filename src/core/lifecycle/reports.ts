// What agents report of attempts. A report is never refused; one of an older attempt, or of a job
// that left the books, is stale: the node is told to forget it.

import type { NodeName } from '../../model/ids.ts';
import type { AttemptEnded, AttemptKey, AttemptStarted } from '../../model/report.ts';
import type { Context } from '../context.ts';
import { settleDependents } from '../dependency/settle.ts';
import type { Run, StateView } from '../state.ts';
import { endRun, finishRun } from './ends.ts';

/** Attempts began. */
export function attemptsStarted(
  state: StateView,
  node: NodeName,
  started: readonly AttemptStarted[],
  at: Context,
): void {
  for (const one of started) {
    const run = currentRun(state, node, one);
    if (run === undefined || run.phase !== 'starting') continue;
    at.emit({ kind: 'attemptStarted', job: run.id, at: one.at, steadyMs: at.steadyMs });
    if (state.dependencyWaiters.size > 0) {
      settleDependents(state, run.job, at, run.element);
    }
  }
}

/** Attempts ended. */
export function attemptsEnded(
  state: StateView,
  node: NodeName,
  ended: readonly AttemptEnded[],
  at: Context,
): void {
  for (const one of ended) {
    const run = currentRun(state, node, one);
    if (run === undefined) at.forget(node, one);
    else if (run.phase !== 'completing') endRun(state, run, one, at);
  }
}

/** Job reports stand in the output: what was completing is finished. */
export function reportsAppended(
  state: StateView,
  node: NodeName,
  attempts: readonly AttemptKey[],
  at: Context,
): void {
  for (const one of attempts) {
    const run = currentRun(state, node, one);
    if (run?.ended !== undefined) finishRun(state, run, run.ended, at);
  }
}

/** Signals were handed over: they are not owed any more. */
export function signalsHanded(
  state: StateView,
  attempts: readonly AttemptKey[],
  at: Context,
): void {
  for (const { job, attempt } of attempts) {
    const run = state.runs.get(job);
    if (run?.attempt !== attempt || run.owedSignals.length === 0) continue;
    at.emit({ kind: 'signalsHanded', job, at: at.now });
  }
}

/** The run that the news is of; undefined when it is stale. */
function currentRun(state: StateView, node: NodeName, key: AttemptKey): Run | undefined {
  const run = state.runs.get(key.job);
  if (run === undefined || run.attempt !== key.attempt) return undefined;
  return run.allocation[0]?.node === node ? run : undefined;
}
