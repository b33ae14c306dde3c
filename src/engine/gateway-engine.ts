// The engine: the gateway that doors call, on top of the loop, the store and memory.

import { assert } from '../base/assert.ts';
import type { Service } from '../base/service.ts';
import { emptyState, type Job, type State } from '../core/state.ts';
import { withQueueDefaults } from '../core/admission/queue-defaults.ts';
import { find } from '../core/admission/select.ts';
import { actOnInstances } from '../core/act.ts';
import { viewOfJob, viewOfRun } from '../core/view/job-view.ts';
import { partsOf } from '../core/view/queries.ts';
import { instant } from '../base/brand.ts';
import type { AccessKey } from '../model/access-key.ts';
import type { Command, CommandResult } from '../model/command.ts';
import { jobsNamed } from '../model/dependency.ts';
import type { JobId } from '../model/ids.ts';
import type { JobRequest } from '../model/job-request.ts';
import type { Query } from '../model/query.ts';
import type { Report } from '../model/report.ts';
import type { Site } from '../model/site.ts';
import type { Identity } from '../model/user.ts';
import type { JobView, View } from '../model/view.ts';
import { answer } from './answers.ts';
import type { Gateway } from './api.ts';
import { fillState } from './load.ts';
import { DecisionLoop, type LoopParts } from './loop.ts';
import type { EngineSettings } from './settings.ts';
import { keyOf } from './spec-key.ts';
import { Waiters } from './waiters.ts';

/** Outside parts; the loop's own call-backs are the engine's business. */
export type EngineParts = Omit<LoopParts, 'onCommitted'>;

type Notice = (changed: readonly JobView[]) => void;

/** One engine over one state directory. */
export class Engine implements Gateway, Service {
  readonly site: Site;
  readonly #settings: EngineSettings;
  readonly #parts: EngineParts;
  readonly #state: State;
  readonly #loop: DecisionLoop;
  readonly #waiters: Waiters;
  readonly #notices = new Set<Notice>();
  readonly #completeRequests = new WeakMap<JobRequest, JobRequest>();

  constructor(settings: EngineSettings, parts: EngineParts) {
    this.site = settings.site;
    this.#settings = settings;
    this.#parts = parts;
    this.#state = emptyState(settings.firstJobId);
    this.#waiters = new Waiters(this.#state);
    this.#loop = new DecisionLoop(settings, this.#state, {
      ...parts,
      onCommitted: (changed) => this.#tell(changed),
    });
  }

  /** Loads, then takes reports. Whatever was owed is owed again. */
  async start(): Promise<void> {
    const { store, execution, capacity, clock } = this.#parts;
    const keepMs = Math.max(this.site.cleanPeriodMs, this.site.minJobAgeMs);
    const loaded = await store.load(instant(clock.now() - keepMs));
    fillState(this.#state, this.#settings, loaded, clock);
    await this.#rememberFor([...this.#state.dependencyWaiters]);
    const take = (report: Report) => this.#loop.report(report);
    execution.deliverTo(take);
    capacity.deliverTo((report) => void take(report));
    const instances = actOnInstances(this.#state, this.#state.instances.keys());
    if (instances.length > 0) capacity.perform(instances);
    await take({ kind: 'tick' });
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async command(command: Command, by: Identity): Promise<CommandResult> {
    const [result] = await this.commands([command], by);
    assert(result !== undefined, 'a command has an answer');
    return result;
  }

  async commands(commands: readonly Command[], by: Identity): Promise<readonly CommandResult[]> {
    const named = dependenciesOf(commands);
    if (named.size > 0) await this.#remember(named);
    return this.#loop.wishes(
      commands.map((command) => {
        if (command.kind !== 'submitJob') return { command, by };
        const { content } = command.submission;
        const request = this.#completed(command.submission.request);
        const complete = { ...command, submission: { ...command.submission, request } };
        return { command: complete, by, key: keyOf(request, content) };
      }),
    );
  }

  /** With what its queue adds; equal objects stay equal, as keys are computed once for each. */
  #completed(request: JobRequest): JobRequest {
    let complete = this.#completeRequests.get(request);
    if (complete === undefined) {
      complete = withQueueDefaults(request, this.#state.queues.get(request.queue));
      this.#completeRequests.set(request, complete);
    }
    return complete;
  }

  async query(query: Query, by: Identity): Promise<View> {
    const { store, clock } = this.#parts;
    const { evictedUntil } = this.#loop;
    const pending = answer(this.#state, query, by, { store, now: clock.now(), evictedUntil });
    const settled = this.#loop.settled();
    if (typeof pending === 'function') {
      await settled;
      return pending();
    }
    await settled;
    return pending;
  }

  async awaitJob(
    id: JobId,
    until: 'started' | 'ended',
    signal?: AbortSignal,
  ): Promise<JobView[] | undefined> {
    await this.#loop.settled();
    const found = find(this.#state, id);
    if (found === undefined) return undefined;
    return this.#waiters.wait(found.job, until, signal);
  }

  subscribe(notice: Notice): () => void {
    this.#notices.add(notice);
    return () => this.#notices.delete(notice);
  }

  /** An active key, for the doors that verify signatures. */
  keyOf(accessKeyId: string): AccessKey | undefined {
    return this.#state.keys.get(accessKeyId);
  }

  /** The view of a job in memory, its element or array; for the job report. */
  viewOf(id: JobId): JobView | undefined {
    const found = find(this.#state, id);
    if (found === undefined) return undefined;
    const { job, run } = found;
    return run === undefined ? viewOfJob(this.#state, job) : viewOfRun(this.#state, run);
  }

  /** The living state, to look at: simulations check it. */
  get state(): State {
    return this.#state;
  }

  #tell(changed: readonly Job[]): void {
    this.#waiters.wake(changed);
    if (this.#notices.size === 0) return;
    const views = changed.flatMap((job) => partsOf(this.#state, job));
    for (const notice of this.#notices) notice(views);
  }

  async #rememberFor(jobs: readonly Job[]): Promise<void> {
    const named = new Set<JobId>();
    for (const job of jobs) {
      const { dependency } = job.spec.request;
      if (dependency !== undefined) jobsNamed(dependency, named);
    }
    await this.#remember(named);
  }

  /** Outcomes of jobs that left memory, for dependencies that name them. */
  async #remember(named: ReadonlySet<JobId>): Promise<void> {
    const state = this.#state;
    const unknown = [...named].filter(
      (id) => !state.jobs.has(id) && !state.runs.has(id) && !state.remembered.has(id),
    );
    if (unknown.length === 0) return;
    const refs = unknown.map((job) => ({ job }));
    const to = this.#parts.clock.now();
    const records = await this.#parts.store.history({
      selection: { refs },
      from: instant(0),
      to,
      limit: unknown.length,
    });
    for (const { id, outcome } of records) {
      if (outcome !== undefined) state.remembered.set(id, outcome);
    }
  }
}

/** Every job that a dependency of these submissions names. */
function dependenciesOf(commands: readonly Command[]): Set<JobId> {
  const named = new Set<JobId>();
  for (const command of commands) {
    const dependency = command.kind === 'submitJob' && command.submission.request.dependency;
    if (dependency) jobsNamed(dependency, named);
  }
  return named;
}
