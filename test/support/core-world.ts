// A cluster for tests of the core alone: a state, a clock that only the test moves, and short ways to
// say what happens. Every event is applied and kept; the books are checked after every step.

import { seededRandom } from '../../src/base/random.ts';
import { type Instant, instant } from '../../src/base/brand.ts';
import { actOnRuns } from '../../src/core/act.ts';
import { check } from '../../src/core/check.ts';
import type { Context, Policy } from '../../src/core/context.ts';
import { decide, observe } from '../../src/core/decide.ts';
import { evolve } from '../../src/core/evolve.ts';
import { schedule } from '../../src/core/scheduling/schedule.ts';
import { emptyState, type State } from '../../src/core/state.ts';
import { jobViews } from '../../src/core/view/queries.ts';
import type { Command, CommandResult } from '../../src/model/command.ts';
import type { EndPlan } from '../../src/model/end-plan.ts';
import type { Event } from '../../src/model/event.ts';
import { type JobId, nodeName, queueName, specKey } from '../../src/model/ids.ts';
import { indexSetOf } from '../../src/model/index-set.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { AttemptEnded, Report } from '../../src/model/report.ts';
import type { Identity } from '../../src/model/user.ts';
import type { JobView } from '../../src/model/view.ts';
import { planCapacity } from '../../src/core/capacity/plan.ts';

/** Ends by SIGTERM at once. */
const TERM: EndPlan = { signals: [{ signal: 15, afterMs: 0, scope: 'all' }] };

type CancelFields = Omit<
  Partial<Command & { kind: 'cancelJobs' }>,
  'kind' | 'selection' | 'plan'
> & { readonly elements?: readonly number[] };

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
  /** Check the books after each step; long tests do without. */
  check = true;
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
    if (this.check) check(this.state);
    return result;
  }

  observe(report: Report): void {
    observe(this.state, report, this.#context());
    if (this.check) check(this.state);
  }

  schedule(placements = 100_000): void {
    schedule(this.state, { placements }, this.#context());
    planCapacity(this.state, this.#context());
    if (this.check) check(this.state);
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
    this.ended(job, { exitCode, signal });
  }

  /** The job's attempt ends as told; what is not told is a good end. */
  ended(job: JobId, how: Partial<AttemptEnded> = {}): void {
    const run = this.state.runs.get(job);
    if (run === undefined) throw new Error(`job ${job} holds no node`);
    if (run.phase === 'starting' && how.launchFailure === undefined) this.start(job);
    this.observe({
      kind: 'attemptsEnded',
      node: run.allocation[0]?.node ?? nodeName(''),
      ended: [
        {
          job,
          attempt: run.attempt,
          startedAt: this.now,
          at: this.now,
          exitCode: 0,
          signal: 0,
          usage: { userCpuMs: 1, systemCpuMs: 1, maxMemoryKib: 100 },
          ...how,
        },
      ],
    });
  }

  /** An agent dials in; by default with everything that its node should have. */
  connect(name: string, fields: Partial<Report & { kind: 'nodeConnected' }> = {}): void {
    const slot = this.state.nodes.get(nodeName(name));
    if (slot === undefined) throw new Error(`no node ${name}`);
    const { environment, size, bootId } = slot.node;
    const attempts = [...slot.runs].map(({ id, attempt }) => ({ job: id, attempt }));
    const node = nodeName(name);
    this.observe({ kind: 'nodeConnected', node, environment, size, bootId, attempts, ...fields });
  }

  /** Steers, and gives `ok` or the code of the refusal for each job met. */
  steer(command: Command, by = ALICE): string[] {
    const result = this.wish(command, by);
    if (result.kind === 'refused') return [result.refusal.code];
    if (result.kind !== 'steered') throw new Error(`not steered: ${result.kind}`);
    return result.jobs.map((one) => one.refusal?.code ?? 'ok');
  }

  /** Cancels a job or some of its elements, and takes what else the command may say. */
  cancel(job: JobId, fields: CancelFields = {}, by = ALICE): string[] {
    const { elements, ...rest } = fields;
    const refs = [elements === undefined ? { job } : { job, elements: indexSetOf(elements) }];
    return this.steer({ kind: 'cancelJobs', selection: { refs }, plan: TERM, ...rest }, by);
  }

  /** Effects that what changed since the last call asks for, as short texts. */
  effects(): string[] {
    const effects = actOnRuns(new Set(this.state.changedRuns.splice(0)));
    return effects.map((effect) => {
      if (effect.kind === 'launch') return `launch ${effect.launch.job}.${effect.launch.attempt}`;
      if (!('attempt' in effect)) return effect.kind;
      const signal = effect.kind === 'signal' ? ` ${effect.signal}` : '';
      return `${effect.kind} ${effect.attempt.job}.${effect.attempt.attempt}${signal}`;
    });
  }

  /** Every view of a job or array in a line of its own: `[2] running`, `[3] finished exited 1`. */
  story(job: JobId): string[] {
    const query = {
      kind: 'jobs',
      selection: { refs: [{ job }] },
      finishedSince: instant(0),
      expandArrays: true,
    } as const;
    const views = jobViews(this.state, query);
    views.sort((a, b) => (a.element ?? -1) - (b.element ?? -1));
    return views.map((view) => {
      const element = view.element === undefined ? '' : `[${view.element}] `;
      return `${element}${view.state}${suffixOf(view)}`;
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

function suffixOf(view: JobView): string {
  if (view.state === 'pending') return ` ${view.reason}`;
  const { outcome } = view;
  if (outcome === undefined) return view.ending ? ' ending' : '';
  const code = outcome.kind === 'exited' ? ` ${outcome.exitCode || outcome.signal}` : '';
  return ` ${outcome.kind}${code}`;
}
