// Who stands in line for room. A job is in at most one line, that of its class.

import type { Elements, Job, State, Writable } from '../state.ts';

/** Whether nothing but room keeps the job (or the next element of the array) from starting. */
export function waitsForRoomOnly(job: Job): boolean {
  if (job.state.kind !== 'pending' || job.waitsFor !== 'nothing') return false;
  const ofArray = job.elements ?? job.array?.elements;
  if (ofArray !== undefined && ofArray.running >= ofArray.limit) return false;
  const elements = job.elements;
  return elements === undefined || (elements.waitingCount > 0 && elements.closed === undefined);
}

/** Puts a job that may start into its line, and takes one that may not out of it. */
export function takePlace(state: State, job: Job): void {
  const shouldWait = waitsForRoomOnly(job);
  if (shouldWait && job.order === 0) {
    (job as Writable<Job>).order = state.nextOrder++;
    job.spec.jobClass.push(job);
  } else if (!shouldWait && job.order !== 0) {
    (job as Writable<Job>).order = 0;
    job.spec.jobClass.left();
  }
}

/** The array's limit has room again, or none any more: who of its elements may stand in line? */
export function takePlaces(state: State, array: Job): void {
  takePlace(state, array);
  const { elements } = array;
  if (elements === undefined || !Number.isFinite(elements.limit)) return;
  for (const job of elements.detached.values()) takePlace(state, job);
}

/** An element of the array got a node (1) or gave it back (-1). */
export function countRunning(state: State, array: Job, by: 1 | -1): void {
  (array.elements as Writable<Elements>).running += by;
  takePlaces(state, array);
}

/** Notes that the job's row must be written. */
export function changed(state: State, job: Job): void {
  if (job.changedIn === state.batch) return;
  (job as Writable<Job>).changedIn = state.batch;
  state.changedJobs.push(job);
}
