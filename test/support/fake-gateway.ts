// A gateway that a test scripts: it numbers submissions, keeps definitions and answers queries from
// the views it holds, in memory and at once. It schedules nothing; a test moves jobs on with
// `change`.

import { instant, type Instant } from '../../src/base/brand.ts';
import type { Gateway } from '../../src/engine/api.ts';
import type { Command, CommandResult, Submission } from '../../src/model/command.ts';
import { jobId, type JobId, queueName } from '../../src/model/ids.ts';
import { indexCount } from '../../src/model/index-set.ts';
import type { JobDefinition } from '../../src/model/job-definition.ts';
import type { JobContent } from '../../src/model/job-request.ts';
import type { Query } from '../../src/model/query.ts';
import type { Refusal } from '../../src/model/refusal.ts';
import type { JobSelection } from '../../src/model/selection.ts';
import type { Site } from '../../src/model/site.ts';
import type { Identity } from '../../src/model/user.ts';
import type { JobView, NodeView, QueueView, View } from '../../src/model/view.ts';

export const FAKE_SITE: Site = {
  cluster: 'spillway',
  host: 'head',
  stateDirectory: '/var/lib/spillway',
  minJobAgeMs: 300_000,
  cleanPeriodMs: 3_600_000,
  maxArraySize: 4_000_001,
  maxScriptBytes: 4 * 1024 * 1024,
  defaultQueue: 'normal',
  installation: '0123456789abcdef',
  lsf: {},
};

export const NORMAL_QUEUE: QueueView = {
  name: queueName('normal'),
  priority: 30,
  open: true,
  active: true,
  isDefault: true,
  description: '',
  environments: ['local'],
  pending: 0,
  running: 0,
};

/** An ordinary user. */
export function identityOf(user: string, uid: number): Identity {
  return {
    uid,
    gid: uid,
    user,
    group: user,
    groups: [uid],
    administrator: false,
    home: `/home/${user}`,
  };
}

export class FakeGateway implements Gateway {
  readonly site = FAKE_SITE;
  /** Every command with its asker, in order. */
  readonly received: { readonly command: Command; readonly by: Identity }[] = [];
  /** One entry a call of `commands`: how many it brought. */
  readonly batches: number[] = [];
  readonly queues: QueueView[] = [NORMAL_QUEUE];
  readonly nodes: NodeView[] = [];
  /** Job views by number; an array's children lie behind it in the list of the same number. */
  readonly jobs = new Map<JobId, JobView[]>();
  /** Answers the next commands so, before anything else. */
  readonly refusals: Refusal[] = [];
  now: Instant = instant(1_700_000_000_000);
  readonly #definitions: JobDefinition[] = [];
  readonly #contents = new Map<JobId, JobContent>();
  readonly #byRequestId = new Map<string, JobId>();
  readonly #notices = new Set<(changed: readonly JobView[]) => void>();
  #lastJob = 0;

  command(command: Command, by: Identity): Promise<CommandResult> {
    return Promise.resolve(this.#decide(command, by));
  }

  commands(commands: readonly Command[], by: Identity): Promise<readonly CommandResult[]> {
    this.batches.push(commands.length);
    return Promise.resolve(commands.map((command) => this.#decide(command, by)));
  }

  query(query: Query, by: Identity): Promise<View> {
    return Promise.resolve(this.#answer(query, by));
  }

  awaitJob(job: JobId): Promise<JobView[] | undefined> {
    return Promise.resolve(this.jobs.get(job));
  }

  subscribe(notice: (changed: readonly JobView[]) => void): () => void {
    this.#notices.add(notice);
    return () => this.#notices.delete(notice);
  }

  /** Replaces the views of a job and tells subscribers. */
  change(job: JobId, ...views: JobView[]): void {
    this.jobs.set(job, views);
    for (const notice of this.#notices) notice(views);
  }

  /** The first view of a job. */
  view(job: number): JobView {
    const view = this.jobs.get(jobId(job))?.[0];
    if (view === undefined) throw new Error(`the fake gateway has no job ${job}`);
    return view;
  }

  #decide(command: Command, by: Identity): CommandResult {
    this.received.push({ command, by });
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return { kind: 'refused', refusal };
    switch (command.kind) {
      case 'submitJob':
        return this.#submit(command.submission, by);
      case 'registerDefinition':
        return this.#register(command.name, command.properties, by);
      case 'deregisterDefinition': {
        const at = this.#definitions.findIndex(
          (one) => one.name === command.name && one.revision === command.revision,
        );
        const found = this.#definitions[at];
        if (found === undefined) {
          return {
            kind: 'refused',
            refusal: { code: 'noSuchDefinition', definition: command.name },
          };
        }
        this.#definitions[at] = { ...found, active: false };
        return { kind: 'done' };
      }
      case 'cancelJobs':
        return this.#cancel(command.selection, by);
      default:
        return { kind: 'done' };
    }
  }

  #submit({ request, content, requestId }: Submission, by: Identity): CommandResult {
    if (!this.queues.some((queue) => queue.name === request.queue)) {
      return { kind: 'refused', refusal: { code: 'noSuchQueue', queue: request.queue } };
    }
    const known = requestId === undefined ? undefined : this.#byRequestId.get(requestId);
    if (known !== undefined)
      return { kind: 'submitted', job: known, queue: request.queue, repeated: true };
    const job = jobId(++this.#lastJob);
    if (requestId !== undefined) this.#byRequestId.set(requestId, job);
    this.#contents.set(job, content);
    const size = request.array === undefined ? 0 : indexCount(request.array.indices);
    this.jobs.set(job, [
      {
        id: job,
        base: job,
        request,
        owner: { uid: by.uid, gid: by.gid, user: by.user, group: by.group },
        state: 'pending',
        reason: request.dependency === undefined ? 'resources' : 'dependency',
        priority: 0,
        submittedAt: this.now,
        attempt: 0,
        earlierAttempts: [],
        ...(request.array === undefined
          ? {}
          : {
              waiting: request.array.indices,
              array: { size, pending: size, running: 0, succeeded: 0, failed: 0 },
            }),
      },
    ]);
    return { kind: 'submitted', job, queue: request.queue, repeated: false };
  }

  #register(
    name: string,
    properties: Readonly<Record<string, unknown>>,
    by: Identity,
  ): CommandResult {
    const earlier = this.#definitions.filter((one) => one.name === name);
    const uid = earlier[0]?.uid ?? by.uid;
    if (uid !== by.uid) {
      return { kind: 'refused', refusal: { code: 'definitionNotOwned', definition: name } };
    }
    const definition = { name, revision: earlier.length + 1, active: true, uid, properties };
    this.#definitions.push(definition);
    return { kind: 'registered', definition };
  }

  #cancel(selection: JobSelection, by: Identity): CommandResult {
    const jobs = (selection.refs ?? []).map((ref) => {
      const view = this.jobs.get(ref.job)?.[0];
      if (view === undefined)
        return { ref, job: ref.job, refusal: { code: 'noSuchJob', ref } as const };
      if (view.owner.uid !== by.uid && !by.administrator) {
        return { ref, job: ref.job, refusal: { code: 'notPermitted', ref } as const };
      }
      return { ref, job: ref.job };
    });
    return { kind: 'steered', jobs };
  }

  #answer(query: Query, by: Identity): View {
    switch (query.kind) {
      case 'jobs': {
        const shown = [...this.jobs.values()]
          .flat()
          .filter((view) => isSelected(view, query.selection));
        const kept = shown.filter(
          (view) => view.state !== 'finished' || query.finishedSince !== undefined,
        );
        return { kind: 'jobs', asOf: this.now, jobs: kept };
      }
      case 'content': {
        const content = this.#contents.get(query.job);
        const owner = this.jobs.get(query.job)?.[0]?.owner;
        if (content === undefined || (owner?.uid !== by.uid && !by.administrator)) {
          return { kind: 'refused', refusal: { code: 'notPermitted' } };
        }
        return { kind: 'content', content };
      }
      case 'queues':
        return { kind: 'queues', queues: this.queues };
      case 'nodes':
        return { kind: 'nodes', nodes: this.nodes };
      case 'definitions':
        return { kind: 'definitions', definitions: [...this.#definitions] };
      default:
        return { kind: 'jobs', asOf: this.now, jobs: [] };
    }
  }
}

function isSelected(view: JobView, { refs, queues, states }: JobSelection): boolean {
  return (
    (refs?.some((ref) => ref.job === view.base || ref.job === view.id) ?? true) &&
    (queues?.includes(view.request.queue) ?? true) &&
    (states?.includes(view.state) ?? true)
  );
}
