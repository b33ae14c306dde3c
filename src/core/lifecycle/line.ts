// Who stands in line for room. A job is in at most one line, that of its class.

import type { Job, State, Writable } from '../state.ts';

/** Whether nothing but room keeps the job (or the next element of the array) from starting. */
export function waitsForRoomOnly(job: Job): boolean {
  if (job.state.kind !== 'pending' || job.waitsFor !== 'nothing') return false;
  const elements = job.elements;
  if (elements === undefined) return true;
  return (
    elements.waitingCount > 0 &&
    elements.closed === undefined &&
    elements.active.size < elements.limit
  );
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

/** Notes that the job's row must be written. */
export function changed(state: State, job: Job): void {
  if (job.changedIn === state.batch) return;
  (job as Writable<Job>).changedIn = state.batch;
  state.changedJobs.push(job);
}
