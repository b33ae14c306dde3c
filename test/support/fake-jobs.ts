// Jobs in memory that answer a dialect's commands and queries as the engine does, as far as
// listings, submissions and cancels need it. No scheduling, no time.

import { instant } from '../../src/base/brand.ts';
import type { Instant } from '../../src/base/brand.ts';
import type { Command, CommandResult, Steered } from '../../src/model/command.ts';
import { jobId, nodeName } from '../../src/model/ids.ts';
import { hasIndex, indexSetOf, indicesOf } from '../../src/model/index-set.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { Query } from '../../src/model/query.ts';
import type { JobRef, JobSelection } from '../../src/model/selection.ts';
import type { Identity, Owner } from '../../src/model/user.ts';
import type { JobView, NodeView, QueueView, View } from '../../src/model/view.ts';

/** What a view needs beside its request. */
export type ViewParts = Partial<Omit<JobView, 'request'>> & {
  readonly id: JobView['id'];
  readonly request: JobRequest;
  readonly owner: Owner;
};

/** A view with everything that is not given at its plainest. */
export function jobView(parts: ViewParts): JobView {
  return {
    base: parts.id,
    state: 'pending',
    priority: 2515,
    submittedAt: instant(0),
    attempt: 0,
    earlierAttempts: [],
    ...parts,
  };
}

/** The part of nodes that one job holds, the CPUs and tasks on each. */
export function allocation(
  parts: Readonly<Record<string, number>>,
): NonNullable<JobView['allocation']> {
  return Object.entries(parts).map(([node, cpus]) => ({
    node: nodeName(node),
    cpus,
    memoryMib: cpus * 100,
    tasks: cpus,
  }));
}

/** A queue as listings show it; a dash in front closes it. */
export function queueView(name: string): QueueView {
  return {
    name: name.replace('-', '') as QueueView['name'],
    priority: 30,
    open: !name.startsWith('-'),
    active: true,
    isDefault: name === 'debug',
    description: '',
    environments: ['local'],
    pending: 0,
    running: 0,
  };
}

/** A node as listings show it. */
export function nodeView(name: string, cpus: number): NodeView {
  return {
    name: nodeName(name),
    environment: 'local',
    size: { cpus, memoryMib: 4000 },
    state: 'up',
    since: instant(0),
    bootId: 'boot',
    freeCpus: cpus,
    freeMemoryMib: 4000,
    running: 0,
  };
}

/** The jobs of one case. */
export class FakeJobs {
  views: JobView[];
  readonly queues: readonly QueueView[];
  readonly nodes: readonly NodeView[];
  #nextId: number;
  readonly #now: Instant;

  constructor(
    settings: { readonly now: Instant; readonly nextId: number },
    views: readonly JobView[] = [],
    places: { readonly queues?: readonly string[]; readonly nodes?: readonly NodeView[] } = {},
  ) {
    this.#now = settings.now;
    this.#nextId = settings.nextId;
    this.views = [...views];
    this.queues = (places.queues ?? ['debug', 'short', 'long']).map(queueView);
    this.nodes = places.nodes ?? ['n1', 'n2', 'n3', 'n4'].map((name) => nodeView(name, 4));
  }

  command(command: Command, by: Identity): CommandResult {
    switch (command.kind) {
      case 'submitJob':
        return this.#submit(command.submission.request, by);
      case 'cancelJobs':
        return this.#steer(command.selection, by, (view, ref) => this.#cancelled(view, ref, by));
      case 'signalJobs':
        return this.#steer(command.selection, by, (view) => [view], true);
      default:
        return { kind: 'done' };
    }
  }

  query(query: Query): View {
    const asOf = this.#now;
    switch (query.kind) {
      case 'queues':
        return { kind: 'queues', queues: this.queues };
      case 'nodes':
        return { kind: 'nodes', nodes: this.nodes };
      case 'history':
        return { kind: 'jobs', asOf, jobs: this.#selected(query.selection) };
      case 'jobs': {
        const shown = this.#selected(query.selection).filter(
          ({ state, endedAt }) =>
            state !== 'finished' ||
            (query.finishedSince !== undefined && (endedAt ?? asOf) >= query.finishedSince),
        );
        const expanded = query.expandArrays === true ? shown.flatMap(elementsOf) : shown;
        return {
          kind: 'jobs',
          asOf,
          jobs: expanded.filter((view) => isReferred(view, query.selection.refs)),
        };
      }
      default:
        return { kind: 'refused', refusal: { code: 'noMatchingJob' } };
    }
  }

  #submit(request: JobRequest, by: Identity): CommandResult {
    const queue = this.queues.find(({ name }) => name === request.queue);
    if (queue === undefined) {
      return { kind: 'refused', refusal: { code: 'noSuchQueue', queue: request.queue } };
    }
    if (!queue.open) {
      return { kind: 'refused', refusal: { code: 'queueClosed', queue: request.queue } };
    }
    const { memoryMibPerNode, memoryMibPerCpu } = request.resources;
    if ((memoryMibPerNode ?? memoryMibPerCpu ?? 0) > 8000) {
      return { kind: 'refused', refusal: { code: 'invalidResources', why: 'memory' } };
    }
    const indices = request.array?.indices;
    const last = indices === undefined ? 0 : Math.max(...indicesOf(indices));
    if (last > 1000) {
      return { kind: 'refused', refusal: { code: 'arrayTooLarge', maximum: 1001 } };
    }
    const id = jobId(this.#nextId++);
    this.views.push(
      jobView({
        id,
        request,
        owner: by,
        submittedAt: this.#now,
        reason: request.held === undefined ? 'new' : 'heldByUser',
        ...(request.held === undefined ? {} : { heldBy: request.held }),
        ...(indices === undefined ? {} : { waiting: indices }),
      }),
    );
    return { kind: 'submitted', job: id, queue: request.queue, repeated: false };
  }

  #steer(
    selection: JobSelection,
    by: Identity,
    change: (view: JobView, ref: JobRef | undefined) => readonly JobView[],
    needsStart = false,
  ): CommandResult {
    const jobs: Steered[] = [];
    for (const ref of selection.refs ?? []) {
      const isKnown = this.views.some((view) => view.base === ref.job || view.id === ref.job);
      if (!isKnown) jobs.push({ ref, job: ref.job, refusal: { code: 'noSuchJob', ref } });
    }
    for (const view of this.#selected(selection)) {
      const ref = selection.refs?.find(({ job }) => job === view.base || job === view.id);
      const named = ref ?? { job: view.base };
      const refuse = (code: 'notPermitted' | 'alreadyFinished' | 'notStarted') =>
        jobs.push({ ref: named, job: view.base, refusal: { code, ref: named } });
      if (view.state === 'finished') {
        if (ref !== undefined) refuse('alreadyFinished');
      } else if (view.owner.uid !== by.uid && !by.administrator) refuse('notPermitted');
      else if (needsStart && view.state === 'pending') refuse('notStarted');
      else {
        const at = this.views.indexOf(view);
        this.views.splice(at, 1, ...change(view, ref));
        jobs.push({ ref: named, job: view.base });
      }
    }
    return { kind: 'steered', jobs };
  }

  #cancelled(view: JobView, ref: JobRef | undefined, by: Identity): readonly JobView[] {
    const { waiting } = view;
    const ended: JobView = {
      ...view,
      state: 'finished',
      endedAt: this.#now,
      outcome: { kind: 'cancelled', by: 'owner', uid: by.uid, exitCode: 0, signal: 0 },
    };
    if (ref?.elements === undefined || waiting === undefined) return [ended];
    const { elements } = ref;
    const left = [...indicesOf(waiting)].filter((index) => !hasIndex(elements, index));
    return [{ ...view, waiting: indexSetOf(left) }];
  }

  #selected(selection: JobSelection): JobView[] {
    const { refs, users, names, queues, accounts, states, nodes } = selection;
    return this.views.filter((view) => {
      const { request, owner } = view;
      const holds = view.allocation?.map((part) => part.node as string) ?? [];
      return (
        (refs?.some(({ job }) => job === view.base || job === view.id) ?? true) &&
        (users?.some((user) => user === owner.user || user === String(owner.uid)) ?? true) &&
        (names?.includes(request.name) ?? true) &&
        (queues?.some((name) => partitionsOf(request).includes(name)) ?? true) &&
        (accounts?.includes(request.account ?? '') ?? true) &&
        (states?.includes(view.state) ?? true) &&
        (nodes?.some((node) => holds.includes(node)) ?? true)
      );
    });
  }
}

function partitionsOf(request: JobRequest): string[] {
  return String(request.extras?.['slurm.partitions'] ?? request.queue).split(',');
}

function elementsOf(view: JobView): JobView[] {
  const { waiting, ...rest } = view;
  if (waiting === undefined) return [view];
  return [...indicesOf(waiting)].map((element) => ({ ...rest, element }));
}

function isReferred(view: JobView, refs: readonly JobRef[] | undefined): boolean {
  return (
    refs?.some(({ job, elements }) => {
      if (job !== view.base && job !== view.id) return false;
      return (
        elements === undefined || view.element === undefined || hasIndex(elements, view.element)
      );
    }) ?? true
  );
}
