// The state machines, as tables: from each state, which cause leads where. What a table does not
// name cannot happen; evolve asks it, and a wrong move throws. README.md shows them as pictures,
// and a test keeps the pictures in step.

import { assert } from '../../base/assert.ts';
import type { Event, InstanceState } from '../../model/event.ts';
import type { NodeState } from '../../model/node.ts';
import type { Report } from '../../model/report.ts';
import type { JobStateName } from '../../model/selection.ts';

type Machine<State extends string, Cause extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Cause, State>>>>
>;

/** Events that move a job, or an element of an array. */
export type JobMove = Extract<
  Event['kind'],
  'jobAllocated' | 'attemptStarted' | 'attemptCompleting' | 'jobRequeued' | 'jobFinished'
>;

/**
 * A job, or an element. `elementsAllocated` is `jobAllocated` of many. An array itself is pending
 * while any of its elements may still run, then finished.
 */
export const JOB_TRANSITIONS = {
  pending: { jobAllocated: 'starting', jobFinished: 'finished' },
  starting: {
    attemptStarted: 'running',
    attemptCompleting: 'completing',
    jobRequeued: 'pending',
    jobFinished: 'finished',
  },
  running: { attemptCompleting: 'completing', jobRequeued: 'pending', jobFinished: 'finished' },
  completing: { jobFinished: 'finished' },
  finished: {},
} as const satisfies Machine<JobStateName, JobMove>;

/** What moves a node: reports of it, the loss of its instance, and a restart of ours. */
export type NodeCause =
  | Extract<Report['kind'], 'nodeConnected' | 'nodeDisconnected' | 'instanceGone'>
  | 'restarted';

/** A node. `drained` stands beside its state: a node in any of them may take no new jobs. */
export const NODE_TRANSITIONS = {
  up: {
    nodeConnected: 'up',
    nodeDisconnected: 'unreachable',
    instanceGone: 'gone',
    restarted: 'unreachable',
  },
  unreachable: { nodeConnected: 'up', instanceGone: 'gone', restarted: 'unreachable' },
  gone: { nodeConnected: 'up' },
} as const satisfies Machine<NodeState, NodeCause>;

/** What moves an instance: what the cloud or its agent says, and what the plan wants. */
export type InstanceCause =
  | Extract<
      Report['kind'],
      'instanceLaunched' | 'nodeConnected' | 'instanceInterrupted' | 'instanceGone'
    >
  | 'idle'
  | 'overdue';

/** An instance. */
export const INSTANCE_TRANSITIONS = {
  requested: {
    instanceLaunched: 'booting',
    nodeConnected: 'joined',
    overdue: 'terminating',
    instanceGone: 'gone',
  },
  booting: { nodeConnected: 'joined', overdue: 'terminating', instanceGone: 'gone' },
  joined: { instanceInterrupted: 'interrupted', idle: 'terminating', instanceGone: 'gone' },
  interrupted: { idle: 'terminating', instanceGone: 'gone' },
  terminating: { instanceGone: 'gone' },
  gone: {},
} as const satisfies Machine<InstanceState, InstanceCause>;

/** Where the event leads a job in this state; throws where it leads nowhere. */
export function jobAfter(from: JobStateName, move: JobMove): JobStateName {
  const to = (JOB_TRANSITIONS as Machine<JobStateName, JobMove>)[from][move];
  assert(to !== undefined, `${move} of a ${from} job`);
  return to;
}

/** Throws unless some cause leads a node from one state to the other. */
export function assertNodeMove(from: NodeState, to: NodeState): void {
  // A node that is drained, or whose size changed, stays where it is.
  const isMove = from === to || Object.values<NodeState>(NODE_TRANSITIONS[from]).includes(to);
  assert(isMove, `a node goes from ${from} to ${to}`);
}

/** Throws unless some cause leads an instance from one state to the other. */
export function assertInstanceMove(from: InstanceState, to: InstanceState): void {
  const isMove = Object.values<InstanceState>(INSTANCE_TRANSITIONS[from]).includes(to);
  assert(isMove, `an instance goes from ${from} to ${to}`);
}
