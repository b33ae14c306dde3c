// Who waits for whom: kept so that an end looks only at the jobs that wait for it.

import { hasSingleton, jobsNamed, longestDelayMs } from '../../model/dependency.ts';
import { type Job, type Run, singletonKey, type State } from '../state.ts';

/** Files the job under every job that its dependency names, and singletons under their name. */
export function watch(state: State, job: Job): void {
  const dependency = job.spec.request.dependency;
  if (job.waitsFor !== 'dependency' || dependency === undefined) return;
  state.dependencyWaiters.add(job);
  for (const id of jobsNamed(dependency)) file(state.dependents, id, job);
  if (hasSingleton(dependency)) file(state.singletons, singletonKey(job), job);
}

/** Takes it out again. */
export function unwatch(state: State, job: Job): void {
  const dependency = job.spec.request.dependency;
  if (dependency === undefined) return;
  state.dependencyWaiters.delete(job);
  for (const id of jobsNamed(dependency)) unfile(state.dependents, id, job);
  if (hasSingleton(dependency)) unfile(state.singletons, singletonKey(job), job);
}

function file<Key>(files: Map<Key, Set<Job>>, key: Key, job: Job): void {
  let jobs = files.get(key);
  if (jobs === undefined) {
    jobs = new Set();
    files.set(key, jobs);
  }
  jobs.add(job);
}

function unfile<Key>(files: Map<Key, Set<Job>>, key: Key, job: Job): void {
  const jobs = files.get(key);
  jobs?.delete(job);
  if (jobs?.size === 0) files.delete(key);
}

/** Jobs that may start some time after the start of this one. */
export function alarmDelayed(state: State, run: Run): void {
  for (const target of [run.job, run.job.array]) {
    for (const job of (target && state.dependents.get(target.id)) ?? []) {
      const delayMs = job.spec.request.dependency && longestDelayMs(job.spec.request.dependency);
      if (!delayMs) continue;
      state.wallAlarms.push({ at: (run.startedAt ?? 0) + delayMs, kind: 'dependency', job });
    }
  }
}

/** An alarm for the begin time, if the job waits for that alone. */
export function setAlarm(state: State, job: Job): void {
  if (job.waitsFor === 'beginTime' && job.notBefore !== undefined) {
    state.wallAlarms.push({ at: job.notBefore, kind: 'begin', job });
  }
}
