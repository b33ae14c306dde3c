// Callers that wait for a job to start or end. They are parked here and looked at only when a
// commit changed their job.

import type { Job, State } from '../core/state.ts';
import { partsOf } from '../core/view/queries.ts';
import type { JobId } from '../model/ids.ts';
import type { JobView } from '../model/view.ts';

type Until = 'started' | 'ended';

interface Waiter {
  readonly until: Until;
  readonly resolve: (views: JobView[]) => void;
}

/** Who waits for which job or array. */
export class Waiters {
  readonly #state: State;
  readonly #byJob = new Map<JobId, Set<Waiter>>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Resolves with all parts of the job; `undefined` when the caller gave up. */
  wait(job: Job, until: Until, signal?: AbortSignal): Promise<JobView[] | undefined> {
    if (isThere(job, until)) return Promise.resolve(partsOf(this.#state, job));
    return new Promise((resolve) => {
      const waiter: Waiter = { until, resolve };
      const waiters = this.#byJob.get(job.id) ?? new Set();
      waiters.add(waiter);
      this.#byJob.set(job.id, waiters);
      signal?.addEventListener('abort', () => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#byJob.delete(job.id);
        resolve(undefined);
      });
    });
  }

  /** Looks at those who wait for a job that a commit changed. */
  wake(changed: readonly Job[]): void {
    if (this.#byJob.size === 0) return;
    for (const one of changed) {
      const job = one.array ?? one;
      const waiters = this.#byJob.get(job.id);
      if (waiters === undefined) continue;
      for (const waiter of waiters) {
        if (!isThere(job, waiter.until)) continue;
        waiters.delete(waiter);
        waiter.resolve(partsOf(this.#state, job));
      }
      if (waiters.size === 0) this.#byJob.delete(job.id);
    }
  }
}

function isThere(job: Job, until: Until): boolean {
  if (job.state.kind === 'finished') return true;
  if (until === 'ended') return false;
  if (job.state.kind === 'active') return job.state.run.startedAt !== undefined;
  return job.elements !== undefined && job.elements.active.size > 0;
}
