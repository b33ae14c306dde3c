// A cluster for tests of the core alone: a state, a clock that only the test moves, and short ways to
// say what happens. Every event is applied and kept; the books are checked after every step.

import { seededRandom } from '../../src/base/random.ts';
import { type Instant, instant } from '../../src/base/brand.ts';
import { check } from '../../src/core/check.ts';
import type { Context, Policy } from '../../src/core/context.ts';
import { decide, observe } from '../../src/core/decide.ts';
import { evolve } from '../../src/core/evolve.ts';
import { schedule } from '../../src/core/scheduling/schedule.ts';
import { emptyState, type State } from '../../src/core/state.ts';
import { jobViews } from '../../src/core/view/queries.ts';
import type { Command, CommandResult } from '../../src/model/command.ts';
import type { Event } from '../../src/model/event.ts';
import { type JobId, nodeName, queueName, specKey } from '../../src/model/ids.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { Report } from '../../src/model/report.ts';
import type { Identity } from '../../src/model/user.ts';
import type { JobView } from '../../src/model/view.ts';
import { planCapacity } from '../../src/core/capacity/plan.ts';

/** An ordinary user, and root. */
export const ALICE = identity('alice', 1001, false);
export const BOB = identity('bob', 1002, false);
export const ROOT = identity('root', 0, true);

export function identity(user: string, uid: number, administrator: boolean): Identity {
  return { user, uid, gid: uid, group: user, groups: [uid], administrator };
}

/** Settings that every test of the core starts from. */
export const TEST_POLICY: Policy = {
  maxArraySize: 4_000_001,
  maxJobs: 10_000_000,
  maxScriptBytes: 4 * 1024 * 1024,
  maxEnvironmentBytes: 4 * 1024 * 1024,
  minimumUid: 0,
  leaseMs: 660_000,
  nodeLostAfterMs: 24 * 3600 * 1000,
  requeueDelayMs: { slurm: 120_000, lsf: 0, batch: 0, grpc: 0 },
  bootMs: 600_000,
  retryWords: (outcome) => ({
    statusReason:
      outcome.kind === 'nodeFailed' ? 'Host EC2 terminated' : 'Essential container in task exited',
    reason: '',
    exitCode: 'exitCode' in outcome ? String(outcome.exitCode) : '',
  }),
};

/** A request with what a test does not care about filled in. */
export function request(fields: Partial<JobRequest> = {}): JobRequest {
  return {
    dialect: 'slurm',
    name: 'job',
    queue: queueName('normal'),
    command: 'job.sh',
    launch: 'script',
    arguments: [],
    resources: { tasks: 1, cpusPerTask: 1 },
    limits: {},
    streams: { openMode: 'truncate' },
    workingDirectory: '/tmp',
    umask: 0o22,
    submitHost: 'head',
    ...fields,
  };
}

export class CoreWorld {
  readonly state: State = emptyState(1);
  readonly events: Event[] = [];
  readonly forgotten: string[] = [];
  now: Instant = instant(1_700_000_000_000);
  steadyMs = 0;
  #specs = 0;
  readonly #policy: Policy;

  constructor(policy: Partial<Policy> = {}) {
    this.#policy = { ...TEST_POLICY, ...policy };
    this.addQueue('normal', 30);
  }

  addQueue(name: string, priority: number, environments: readonly string[] = []): void {
    this.state.queues.set(name, {
      name: queueName(name),
      priority,
      open: true,
      active: true,
      isDefault: name === 'normal',
      description: '',
      environments,
    });
  }

  addNode(name: string, cpus: number, memoryMib = 1_000_000, environment = 'local'): void {
    this.observe({
      kind: 'nodeConnected',
      node: nodeName(name),
      environment,
      size: { cpus, memoryMib },
      bootId: 'boot-1',
      attempts: [...(this.state.nodes.get(nodeName(name))?.runs ?? [])].map((run) => ({
        job: run.id,
        attempt: run.attempt,
      })),
    });
  }

  submit(fields: Partial<JobRequest> = {}, by = ALICE): JobId {
    const result = this.wish(
      {
        kind: 'submitJob',
        submission: {
          request: request(fields),
          content: { script: new Uint8Array(), environment: new Uint8Array() },
        },
      },
      by,
    );
    if (result.kind !== 'submitted') throw new Error(`refused: ${JSON.stringify(result)}`);
    return result.job;
  }

  wish(command: Command, by = ALICE): CommandResult {
    const key = specKey(`spec-${++this.#specs}`);
    const result = decide(this.state, { command, by, key }, this.#context());
    check(this.state);
    return result;
  }

  observe(report: Report): void {
    observe(this.state, report, this.#context());
    check(this.state);
  }

  schedule(placements = 100_000): void {
    schedule(this.state, { placements }, this.#context());
    planCapacity(this.state, this.#context());
    check(this.state);
  }

  /** Moves both clocks and rings what is due. */
  advance(ms: number): void {
    this.now = instant(this.now + ms);
    this.steadyMs += ms;
    this.observe({ kind: 'tick' });
  }

  /** The job's attempt begins on its node. */
  start(job: JobId): void {
    const run = this.state.runs.get(job);
    if (run === undefined) throw new Error(`job ${job} holds no node`);
    const node = run.allocation[0]?.node ?? nodeName('');
    const started = [{ job, attempt: run.attempt, at: this.now }];
    this.observe({ kind: 'attemptsStarted', node, started });
  }

  /** The job's attempt ends with this exit code. */
  end(job: JobId, exitCode = 0, signal = 0): void {
    const run = this.state.runs.get(job);
    if (run === undefined) throw new Error(`job ${job} holds no node`);
    if (run.phase === 'starting') this.start(job);
    this.observe({
      kind: 'attemptsEnded',
      node: run.allocation[0]?.node ?? nodeName(''),
      ended: [
        {
          job,
          attempt: run.attempt,
          startedAt: this.now,
          at: this.now,
          exitCode,
          signal,
          usage: { userCpuMs: 1, systemCpuMs: 1, maxMemoryKib: 100 },
        },
      ],
    });
  }

  view(job: JobId): JobView {
    const query = {
      kind: 'jobs',
      selection: { refs: [{ job }] },
      finishedSince: instant(0),
    } as const;
    const [view] = jobViews(this.state, query);
    if (view === undefined) throw new Error(`no job ${job}`);
    return view;
  }

  #context(): Context {
    return {
      now: this.now,
      steadyMs: this.steadyMs,
      random: seededRandom(1),
      policy: this.#policy,
      emit: (event) => {
        evolve(this.state, event);
        this.events.push(event);
      },
      forget: (node, attempt) => this.forgotten.push(`${node} ${attempt.job}.${attempt.attempt}`),
    };
  }
}
