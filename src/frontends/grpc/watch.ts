// The stream of state changes. A client that reads slowly skips states: of each job only the newest
// state waits, so a stream never holds more than one entry a job.

import type { ServerWritableStream } from '@grpc/grpc-js';
import { instant } from '../../base/brand.ts';
import type { Gateway } from '../../engine/api.ts';
import { type JobId, jobId } from '../../model/ids.ts';
import type { Identity } from '../../model/user.ts';
import type { JobView } from '../../model/view.ts';
import { jobState } from './job-state.ts';
import type { GetRequest, JobStates } from './messages.ts';

type Stream = ServerWritableStream<GetRequest, JobStates>;

/** Sends the states now and every change, until all jobs named have ended or the client goes. */
export class WatchStream {
  readonly #stream: Stream;
  readonly #gateway: Gateway;
  readonly #identity: Identity;
  /** Named jobs that did not end yet; undefined: all of the caller's are watched. */
  readonly #left: Set<JobId> | undefined;
  readonly #waiting = new Map<JobId, JobView>();
  #isBlocked = false;

  constructor(stream: Stream, gateway: Gateway, identity: Identity) {
    this.#stream = stream;
    this.#gateway = gateway;
    this.#identity = identity;
    const { jobs } = stream.request;
    this.#left = jobs.length === 0 ? undefined : new Set(jobs.map(jobId));
  }

  async serve(): Promise<void> {
    const unsubscribe = this.#gateway.subscribe((changed) => this.#take(changed));
    this.#stream.once('cancelled', unsubscribe);
    this.#stream.once('finish', unsubscribe);
    this.#stream.on('drain', () => {
      this.#isBlocked = false;
      this.#send();
    });
    const now = await this.#gateway.query(
      {
        kind: 'jobs',
        selection:
          this.#left === undefined
            ? { users: [String(this.#identity.uid)] }
            : { refs: [...this.#left].map((job) => ({ job })) },
        ...(this.#left === undefined ? {} : { finishedSince: instant(0) }),
      },
      this.#identity,
    );
    const views = now.kind === 'jobs' ? now.jobs : [];
    const known = new Set(views.map((view) => view.base));
    for (const job of this.#left ?? []) if (!known.has(job)) this.#left?.delete(job);
    this.#take(views);
  }

  #take(views: readonly JobView[]): void {
    for (const view of views) {
      const isWatched =
        this.#left === undefined
          ? view.owner.uid === this.#identity.uid
          : this.#left.has(view.base);
      if (!isWatched) continue;
      this.#waiting.set(view.id, view);
      if (hasEnded(view)) this.#left?.delete(view.base);
    }
    this.#send();
  }

  #send(): void {
    if (!this.#isBlocked && this.#waiting.size > 0) {
      const jobs = [...this.#waiting.values()].map(jobState);
      this.#waiting.clear();
      this.#isBlocked = !this.#stream.write({ jobs });
    }
    if (this.#left?.size === 0 && this.#waiting.size === 0) this.#stream.end();
  }
}

/** An array has when nothing of it waits or runs. */
function hasEnded({ state, array }: JobView): boolean {
  return array === undefined ? state === 'finished' : array.pending + array.running === 0;
}
