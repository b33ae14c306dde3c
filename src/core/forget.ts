// Finished jobs leave memory after a while, or when there are too many; the store has them.

import type { Instant } from '../base/brand.ts';
import type { Job, Spec, State, Writable } from './state.ts';

/** What may stay. */
export interface Retention {
  readonly endedSince: Instant;
  readonly most: number;
}

/** Finished jobs looked at in one call, more than one batch ends. */
const LOOKS = 20_000;

/** Request ids remembered, at least: a repeat comes within minutes. */
const REQUEST_IDS = 1_000_000;

/** Outcomes of jobs that left memory: they are read anew for each dependency that names them. */
const OUTCOMES = 100_000;

/** Drops finished jobs from memory, oldest ends first. Returns the latest end among the dropped. */
export function forgetFinished(state: State, keep: Retention): Instant | undefined {
  const { finished } = state;
  const before = finished.length;
  let count = 0;
  let latest: Instant | undefined;
  while (count < Math.min(before, LOOKS)) {
    const job = finished[count] as Job;
    const endedAt = job.state.kind === 'finished' ? job.state.endedAt : keep.endedSince;
    if (endedAt >= keep.endedSince && before - count <= keep.most) break;
    count++;
    // What is still named goes to the back: it is not looked at again after every batch.
    if (isNamed(state, job)) finished.push(job);
    else {
      drop(state, job);
      if (latest === undefined || endedAt > latest) latest = endedAt;
    }
  }
  if (count > 0) finished.splice(0, count);
  for (const id of state.requestIds.keys()) {
    if (state.requestIds.size <= REQUEST_IDS) break;
    state.requestIds.delete(id);
  }
  if (state.remembered.size > OUTCOMES) {
    for (const id of state.remembered.keys()) {
      if (!state.dependents.has(id)) state.remembered.delete(id);
    }
  }
  return latest;
}

/** Its end is still asked for: by a dependency, or by the array that it belongs to. */
function isNamed(state: State, job: Job): boolean {
  if (state.dependents.has(job.id)) return true;
  return job.array !== undefined && job.array.state.kind !== 'finished';
}

function drop(state: State, job: Job): void {
  state.jobs.delete(job.id);
  const spec = job.spec as Writable<Spec>;
  spec.users--;
  if (spec.users > 0) return;
  state.specs.delete(spec.key);
  spec.jobClass.specs--;
  if (spec.jobClass.specs === 0) state.classes.delete(spec.jobClass.key);
}
