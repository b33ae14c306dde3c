// Ending jobs by wish. What holds a node is asked to end there (or, when it is to be forgotten,
// ends here at once); what waits ends at once.

import type { Command } from '../../model/command.ts';
import type { Ending } from '../../model/event.ts';
import type { CancelledBy, Outcome } from '../../model/outcome.ts';
import { endUnstarted, settleDependents } from '../dependency/settle.ts';
import { finishRun } from '../lifecycle/ends.ts';
import type { Elements, Job, Run } from '../state.ts';
import { allRuns, isWanted, phaseOf, type Selected } from './select.ts';
import type { Errand } from './steer.ts';

type CancelErrand = Errand<Command & { kind: 'cancelJobs' }>;
type Cancelled = Ending & { kind: 'cancelled' };

/** Cancels a job, an element, or an array with all its elements. */
export function cancel(errand: CancelErrand, { job, run }: Selected): void {
  const { state, at } = errand;
  const ending = endingOf(errand, job);
  if (run !== undefined) cancelRun(errand, run, ending);
  else if (job.state.kind === 'active') cancelRun(errand, job.state.run, ending);
  else {
    const { elements } = job;
    if (elements !== undefined) cancelElements(errand, elements, ending);
    const waits =
      elements === undefined || (elements.waitingCount > 0 && elements.closed === undefined);
    if (waits && isWanted(errand.command, 'pending')) endUnstarted(job, outcomeOf(ending), at);
    settleDependents(state, job, at);
  }
}

function cancelElements(errand: CancelErrand, elements: Elements, ending: Cancelled): void {
  const { state, command, at } = errand;
  const waiting = [...elements.detached.values()].filter((one) => one.state.kind === 'pending');
  for (const run of allRuns(elements)) cancelRun(errand, run, ending);
  if (!isWanted(command, 'pending')) return;
  for (const element of waiting) {
    endUnstarted(element, outcomeOf(ending), at);
    if (state.dependents.has(element.id)) settleDependents(state, element, at);
  }
}

function cancelRun({ state, command, at }: CancelErrand, run: Run, ending: Cancelled): void {
  if (!isWanted(command, phaseOf(run))) return;
  if (command.onlyPending || (run.phase === 'completing' && !command.forget)) return;
  at.emit({ kind: 'attemptEnding', job: run.id, at: at.now, ending, plan: command.plan });
  if (command.forget) finishRun(state, run, { outcome: outcomeOf(ending), at: at.now }, at);
}

function endingOf({ command, by }: CancelErrand, job: Job): Cancelled {
  const who: CancelledBy = by.uid === job.owner.uid ? 'owner' : 'administrator';
  return {
    kind: 'cancelled',
    by: who,
    uid: by.uid,
    ...(command.why !== undefined && { why: command.why }),
    ...(command.asDone && { asDone: true }),
  };
}

function outcomeOf(ending: Cancelled): Outcome {
  return { ...ending, exitCode: 0, signal: 0 };
}
