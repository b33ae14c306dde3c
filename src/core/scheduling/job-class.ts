// Jobs of equal shape stand in one line and are decided once a pass: what does not fit for the
// first does not fit for the others. The line is ordered by priority, then by the time of
// eligibility.

import type { JobRequest } from '../../model/job-request.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { Job } from '../state.ts';

/** What one attempt of the class needs, in whole numbers. */
export interface Need {
  readonly tasks: number;
  readonly cpusPerTask: number;
  readonly cpus: number;
  readonly memoryMibPerNode: number;
  readonly memoryMibPerCpu: number;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly exclusive: boolean;
  readonly onlyNodes: ReadonlySet<string> | undefined;
  readonly notNodes: ReadonlySet<string> | undefined;
  /** Infinity without a limit. */
  readonly wallTimeMs: number;
}

/** A line of jobs with the same queue, need and time limit. */
export class JobClass {
  readonly key: string;
  readonly queue: string;
  readonly need: Need;
  /** Highest priority first; lines of one priority are first come, first served. */
  readonly #lines: Line[] = [];
  #size = 0;
  /** Specifications in memory that belong to it. */
  specs = 0;
  /** What the last pass said of the first of the line. */
  verdict: PendingReason = 'new';

  constructor(key: string, request: JobRequest) {
    this.key = key;
    this.queue = request.queue;
    this.need = needOf(request);
  }

  get size(): number {
    return this.#size;
  }

  /** Puts the job behind all of its priority. Its `order` says whether the entry still counts. */
  push(job: Job): void {
    let at = this.#lines.findIndex((line) => line.priority <= job.priority);
    if (at < 0) at = this.#lines.length;
    if (this.#lines[at]?.priority !== job.priority) {
      this.#lines.splice(at, 0, new Line(job.priority));
    }
    (this.#lines[at] as Line).push(job);
    this.#size++;
  }

  /** Says that a job left (its `order` was set to another number). */
  left(): void {
    this.#size--;
  }

  /** The first of the line, or undefined when it is empty. */
  first(): Job | undefined {
    for (let line = this.#lines[0]; line !== undefined; line = this.#lines[0]) {
      const job = line.first();
      if (job !== undefined) return job;
      this.#lines.shift();
    }
    return undefined;
  }

  /** Everybody in line, in order. */
  *[Symbol.iterator](): Generator<Job> {
    for (const line of this.#lines) yield* line;
  }
}

/** First come, first served; entries whose job has another order by now are passed over. */
class Line {
  readonly priority: number;
  #jobs: Job[] = [];
  #orders: number[] = [];
  #head = 0;

  constructor(priority: number) {
    this.priority = priority;
  }

  push(job: Job): void {
    this.#jobs.push(job);
    this.#orders.push(job.order);
  }

  first(): Job | undefined {
    while (this.#head < this.#jobs.length) {
      const job = this.#jobs[this.#head] as Job;
      if (job.order === this.#orders[this.#head]) return job;
      this.#head++;
      if (this.#head >= 1024 && this.#head * 2 >= this.#jobs.length) this.#compact();
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<Job> {
    for (let at = this.#head; at < this.#jobs.length; at++) {
      const job = this.#jobs[at] as Job;
      if (job.order === this.#orders[at]) yield job;
    }
  }

  #compact(): void {
    this.#jobs = this.#jobs.slice(this.#head);
    this.#orders = this.#orders.slice(this.#head);
    this.#head = 0;
  }
}

/** Requests with the same key can share a class. */
export function classKey(request: JobRequest): string {
  return JSON.stringify([request.queue, request.limits.wallTimeMs ?? 0, request.resources]);
}

function needOf(request: JobRequest): Need {
  const asked = request.resources;
  return {
    tasks: asked.tasks,
    cpusPerTask: asked.cpusPerTask,
    cpus: asked.tasks * asked.cpusPerTask,
    memoryMibPerNode: asked.memoryMibPerNode ?? 0,
    memoryMibPerCpu: asked.memoryMibPerCpu ?? 0,
    minNodes: asked.nodes?.min ?? 1,
    maxNodes: asked.nodes?.max ?? Number.POSITIVE_INFINITY,
    exclusive: asked.exclusive ?? false,
    onlyNodes: asked.nodeNames && new Set(asked.nodeNames),
    notNodes: asked.excludedNodeNames && new Set(asked.excludedNodeNames),
    wallTimeMs: request.limits.wallTimeMs ?? Number.POSITIVE_INFINITY,
  };
}
