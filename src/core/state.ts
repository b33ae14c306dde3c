// The living state: everything the engine knows of unfinished and lately finished jobs, of nodes
// and queues. Readers get these types, all readonly; only core/lifecycle (evolve) writes, through
// Writable.

import type { Instant } from '../base/brand.ts';
import { Heap } from '../base/heap.ts';
import type { AccessKey } from '../model/access-key.ts';
import type { EndedElements } from '../model/array-record.ts';
import type { EndPlan, SignalScope } from '../model/end-plan.ts';
import type { Ending, InstanceState, WaitsFor } from '../model/event.ts';
import type { JobId, NodeName, SpecKey } from '../model/ids.ts';
import type { IndexSet } from '../model/index-set.ts';
import type { JobDefinition } from '../model/job-definition.ts';
import type { JobRequest } from '../model/job-request.ts';
import type { Allocation, Node } from '../model/node.ts';
import type { EndedAttempt, Outcome, Usage } from '../model/outcome.ts';
import type { ComputeEnvironment, InstanceType, Queue } from '../model/queue.ts';
import type { Owner } from '../model/user.ts';
import { FreeNodes } from './scheduling/free-nodes.ts';
import type { JobClass } from './scheduling/job-class.ts';

/** A request that some jobs in memory share. */
export interface Spec {
  readonly key: SpecKey;
  readonly request: JobRequest;
  readonly jobClass: JobClass;
  /** Jobs in memory that have it. */
  readonly users: number;
}

/** A job, an array, or an element with a record of its own. */
export interface Job {
  readonly id: JobId;
  readonly owner: Owner;
  readonly spec: Spec;
  readonly requestId: string | undefined;
  readonly submittedAt: Instant;
  readonly eligibleAt: Instant | undefined;
  readonly priority: number;
  readonly array: Job | undefined;
  readonly element: number | undefined;
  readonly state: JobState;
  /** What a pending job waits for. */
  readonly waitsFor: WaitsFor;
  readonly heldBy: 'user' | 'administrator' | undefined;
  /** A requeued job may not start before. */
  readonly notBefore: Instant | undefined;
  /** Attempts begun so far. */
  readonly attempt: number;
  readonly earlierAttempts: readonly EndedAttempt[];
  readonly elements: Elements | undefined;
  /** Its place in line; 0: in no line. */
  readonly order: number;
  /** The disk has a row of it. */
  readonly isStored: boolean;
  /** The batch that changed it last. */
  readonly changedIn: number;
}

/** An array's state is that of its waiting rest, or finished. */
export type JobState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'active'; readonly run: Run }
  | Finished;

/** The end of a job, an element or an array. */
export interface Finished {
  readonly kind: 'finished';
  readonly outcome: Outcome;
  readonly startedAt: Instant | undefined;
  readonly endedAt: Instant;
  readonly allocation: Allocation | undefined;
  readonly usage: Usage;
}

/** The elements of an array that have no record of their own, and where the others are. */
export interface Elements {
  readonly size: number;
  readonly limit: number;
  readonly waiting: IndexSet;
  readonly waitingCount: number;
  readonly active: ReadonlyMap<number, Run>;
  readonly ended: EndedElements;
  /** Entries of `ended` that the store has. */
  readonly storedEnds: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly detached: ReadonlyMap<number, Job>;
  readonly detachedUnfinished: number;
  /** Elements that hold a node, with or without a record of their own: what `limit` bounds. */
  readonly running: number;
  /** Why no further element starts. */
  readonly closed: Outcome | undefined;
  readonly closedAt: Instant | undefined;
}

/** An attempt that holds nodes. */
export interface Run {
  /** The job's number, or the element's own. */
  readonly id: JobId;
  readonly job: Job;
  readonly element: number | undefined;
  readonly attempt: number;
  readonly allocation: Allocation;
  /** `gone`: ended and out of the books, kept until the node was told to forget it. */
  readonly phase: 'starting' | 'running' | 'completing' | 'gone';
  readonly allocatedAt: Instant;
  readonly startedAt: Instant | undefined;
  /** By the clock that never jumps; Infinity without a limit. */
  readonly endsByMs: number;
  readonly ending: { readonly ending: Ending; readonly plan: EndPlan } | undefined;
  readonly owedSignals: readonly { readonly signal: number; readonly scope: SignalScope }[];
  /** completing: how it ended. */
  readonly ended:
    | { readonly at: Instant; readonly outcome: Outcome; readonly usage: Usage }
    | undefined;
}

/** A node with what is free on it. */
export interface NodeSlot {
  readonly node: Node;
  readonly freeCpus: number;
  readonly freeMemoryMib: number;
  readonly runs: ReadonlySet<Run>;
  /** While it holds nothing: since when. */
  readonly emptySince: Instant;
  /** Contact was lost at this time of the clock that never jumps. */
  readonly lostSinceMs: number | undefined;
}

/** An instance that was wanted, until it is gone. */
export interface Instance {
  readonly request: number;
  readonly environment: string;
  readonly type: InstanceType;
  readonly node: NodeName;
  readonly state: InstanceState;
  readonly since: Instant;
}

/** Something due at a time. Stale ones are dropped when they come up. */
export type Alarm = { readonly at: number } & (
  | { readonly kind: 'begin'; readonly job: Job }
  | { readonly kind: 'limit' | 'warning'; readonly run: Run }
  | { readonly kind: 'dependency'; readonly job: Job }
);

/** Everything. */
export interface State {
  readonly jobs: Map<JobId, Job>;
  readonly runs: Map<JobId, Run>;
  readonly specs: Map<SpecKey, Spec>;
  readonly classes: Map<string, JobClass>;
  readonly queues: Map<string, Queue>;
  readonly environments: Map<string, ComputeEnvironment>;
  readonly nodes: Map<NodeName, NodeSlot>;
  readonly freeNodes: FreeNodes;
  readonly instances: Map<number, Instance>;
  readonly definitions: Map<string, JobDefinition[]>;
  readonly keys: Map<string, AccessKey>;
  readonly requestIds: Map<string, JobId>;
  /** Jobs whose dependency names the key. */
  readonly dependents: Map<JobId, Set<Job>>;
  /** Jobs that wait for a dependency of any kind. */
  readonly dependencyWaiters: Set<Job>;
  /** Those of them that wait for older jobs of their name and user, by `singletonKey`. */
  readonly singletons: Map<string, Set<Job>>;
  /** Finished jobs in order of their ends. */
  readonly finished: Job[];
  /** Alarms by wall time, and by the clock that never jumps. */
  readonly wallAlarms: Heap<Alarm>;
  readonly steadyAlarms: Heap<Alarm>;
  /** Outcomes of finished jobs that left memory and that a dependency names. */
  readonly remembered: Map<JobId, Outcome>;
  /** What this batch changed; the engine takes it. */
  changedJobs: Job[];
  changedRuns: Run[];
  changedInstances: number[];
  batch: number;
  nextJobId: number;
  nextOrder: number;
  nextInstance: number;
  /** Grows whenever room appears: what did not fit before may fit now. */
  roomVersion: number;
  unfinishedJobs: number;
}

/** What jobs have in common that run one at a time. */
export function singletonKey({ owner, spec }: Job): string {
  return `${owner.uid}:${spec.request.name}`;
}

/** What decisions may read. */
export type StateView = {
  readonly [K in keyof State]: State[K] extends Map<infer A, infer B>
    ? ReadonlyMap<A, B>
    : State[K] extends (infer A)[]
      ? readonly A[]
      : State[K];
};

/** Lets evolve write what everybody else only reads. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A state that knows of nothing. */
export function emptyState(firstJobId: number): State {
  const earlier = (a: Alarm, b: Alarm) => a.at < b.at;
  return {
    jobs: new Map(),
    runs: new Map(),
    specs: new Map(),
    classes: new Map(),
    queues: new Map(),
    environments: new Map(),
    nodes: new Map(),
    freeNodes: new FreeNodes(),
    instances: new Map(),
    definitions: new Map(),
    keys: new Map(),
    requestIds: new Map(),
    dependents: new Map(),
    dependencyWaiters: new Set(),
    singletons: new Map(),
    finished: [],
    wallAlarms: new Heap(earlier),
    steadyAlarms: new Heap(earlier),
    remembered: new Map(),
    changedJobs: [],
    changedRuns: [],
    changedInstances: [],
    batch: 1,
    nextJobId: firstJobId,
    nextOrder: 1,
    nextInstance: 1,
    roomVersion: 1,
    unfinishedJobs: 0,
  };
}
