// What users do to a simulated gateway: submit every kind of job, repeat requests, hold, release,
// cancel, signal. Everything that was acknowledged is written down, to be asked for at the end.

import type { Random } from '../../../src/base/random.ts';
import type { Command } from '../../../src/model/command.ts';
import { type JobId, queueName } from '../../../src/model/ids.ts';
import { indexRange } from '../../../src/model/index-set.ts';
import type { JobRequest } from '../../../src/model/job-request.ts';
import type { Identity } from '../../../src/model/user.ts';
import { ALICE, BOB, ROOT, request } from '../core-world.ts';
import type { SimGateway } from './sim-gateway.ts';

/** An acknowledged submission. */
export interface Acknowledged {
  readonly job: JobId;
  readonly request: JobRequest;
}

const EMPTY = { script: new Uint8Array(), environment: new Uint8Array() };
const SIGTERM = 15;

export class Workload {
  readonly acknowledged = new Map<string, Acknowledged>();
  /** Request ids that were answered with different jobs: there must be none. */
  readonly doubled: string[] = [];
  readonly #gateway: SimGateway;
  readonly #random: Random;
  #next = 1;

  constructor(gateway: SimGateway) {
    this.#gateway = gateway;
    this.#random = gateway.random;
  }

  /** One thing that a user does now. */
  act(): void {
    const dice = this.#random.below(20);
    if (dice < 14) this.#submit();
    else if (dice < 17) this.#steer('cancelJobs');
    else if (dice < 18) this.#steer('holdJobs');
    else if (dice < 19) this.#steer('releaseJobs');
    else this.#steer('signalJobs');
  }

  /** Releases everything, so that everything can end. */
  releaseAll(): void {
    for (const by of [ALICE, BOB]) this.#wish({ kind: 'releaseJobs', selection: {} }, by);
  }

  /** Gives up every job whose dependency can never be met. */
  cancelHopeless(): void {
    const plan = { signals: [] };
    for (const job of this.#gateway.engine?.state.jobs.values() ?? []) {
      if (job.waitsFor !== 'never' || job.state.kind === 'finished') continue;
      this.#wish({ kind: 'cancelJobs', selection: { refs: [{ job: job.id }] }, plan }, ROOT);
    }
  }

  #submit(): void {
    const by = this.#random.below(2) === 0 ? ALICE : BOB;
    const requestId = `request-${this.#next++}`;
    const asked = this.#request();
    this.#send(requestId, asked, by);
    // A client that heard nothing asks again, also when the first answer is only late.
    if (this.#random.below(3) === 0) {
      this.#gateway.clock.after(this.#random.below(60_000), () => this.#send(requestId, asked, by));
    }
  }

  #send(requestId: string, asked: JobRequest, by: Identity): void {
    const { engine } = this.#gateway;
    if (engine === undefined) {
      this.#gateway.clock.after(5000, () => this.#send(requestId, asked, by));
      return;
    }
    const submission = { request: asked, content: EMPTY, requestId };
    void engine.command({ kind: 'submitJob', submission }, by).then((result) => {
      if (result.kind !== 'submitted') return;
      const known = this.acknowledged.get(requestId);
      if (known !== undefined && known.job !== result.job) this.doubled.push(requestId);
      this.acknowledged.set(requestId, { job: result.job, request: asked });
    });
  }

  #request(): JobRequest {
    const { below } = this.#random;
    const queue = ['normal', 'normal', 'fast', 'cloud'][below(4)] as string;
    const earlier = [...this.acknowledged.values()];
    const target = earlier[below(Math.max(1, earlier.length))];
    const whens = ['succeeded', 'failed', 'ended', 'started'] as const;
    return request({
      name: `job${below(5)}`,
      queue: queueName(queue),
      dialect: (['slurm', 'lsf', 'batch'] as const)[below(3)] as 'slurm',
      resources: { tasks: 1, cpusPerTask: 1 + below(3) },
      limits: below(3) === 0 ? { wallTimeMs: 20_000 + below(100_000) } : {},
      ...(below(4) === 0 && { report: true }),
      ...(below(3) === 0 && { rerunnable: true }),
      ...(below(8) === 0 && { retry: { attempts: 3, evaluateOnExit: [] } }),
      ...(below(8) === 0 && { held: 'user' as const }),
      ...(below(5) === 0 && {
        array: {
          indices: indexRange(below(3), 3 + below(20)),
          ...(below(2) === 0 && { limit: 1 + below(3) }),
        },
      }),
      ...(target !== undefined &&
        below(4) === 0 && {
          dependency: {
            kind: 'condition' as const,
            job: target.job,
            when: whens[below(4)] as 'ended',
            ...(below(3) === 0 && { sameIndex: true as const }),
          },
          cancelWhenNeverSatisfied: below(2) === 0,
        }),
    });
  }

  #steer(kind: 'cancelJobs' | 'holdJobs' | 'releaseJobs' | 'signalJobs'): void {
    const earlier = [...this.acknowledged.values()];
    const target = earlier[this.#random.below(Math.max(1, earlier.length))];
    if (target === undefined) return;
    const first = this.#random.below(10);
    const elements =
      target.request.array !== undefined && this.#random.below(2) === 0
        ? { elements: [{ first, count: 2, step: 1 }] }
        : {};
    const selection = { refs: [{ job: target.job, ...elements }] };
    const plan = { signals: [{ signal: SIGTERM, afterMs: 0, scope: 'all' as const }] };
    const by = this.#random.below(2) === 0 ? ALICE : BOB;
    if (kind === 'cancelJobs') this.#wish({ kind, selection, plan }, by);
    else if (kind === 'signalJobs') this.#wish({ kind, selection, signal: 10, scope: 'all' }, by);
    else this.#wish({ kind, selection }, by);
  }

  #wish(command: Command, by: Identity): void {
    void this.#gateway.engine?.command(command, by);
  }
}
