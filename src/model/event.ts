// Facts, in the past tense. Events are the only thing that changes the state, and they are the
// history. `job` is the number of the job or of the element that it happened to.

import type { Instant } from '../base/brand.ts';
import type { AccessKey } from './access-key.ts';
import type { EndPlan, SignalScope } from './end-plan.ts';
import type { JobId, NodeName, SpecKey } from './ids.ts';
import type { IndexSet } from './index-set.ts';
import type { InstanceType } from './queue.ts';
import type { JobDefinition } from './job-definition.ts';
import type { JobContent, JobRequest } from './job-request.ts';
import type { AllocatedNode, Allocation, Node } from './node.ts';
import type { CancelledBy, Outcome, Usage } from './outcome.ts';
import type { Owner } from './user.ts';

/** Why a running attempt is being ended. */
export type Ending =
  | {
      readonly kind: 'cancelled';
      readonly by: CancelledBy;
      readonly uid: number;
      readonly why?: string;
      readonly asDone?: boolean;
    }
  | { readonly kind: 'timedOut' };

export type Event =
  | {
      readonly kind: 'jobSubmitted';
      readonly job: JobId;
      readonly at: Instant;
      readonly owner: Owner;
      readonly spec: SpecKey;
      readonly request: JobRequest;
      /** Only where the specification is new to the store. */
      readonly content: JobContent | undefined;
      readonly requestId: string | undefined;
      readonly priority: number;
      readonly waitsFor: WaitsFor;
    }
  /** Nothing but room is missing any more. */
  | { readonly kind: 'jobEligible'; readonly job: JobId; readonly at: Instant }
  | { readonly kind: 'jobNeverEligible'; readonly job: JobId; readonly at: Instant }
  | {
      readonly kind: 'jobHeld';
      readonly job: JobId;
      readonly at: Instant;
      readonly by: 'user' | 'administrator';
    }
  | {
      readonly kind: 'jobReleased';
      readonly job: JobId;
      readonly at: Instant;
      readonly waitsFor: WaitsFor;
    }
  /** An element got a record of its own, because it is addressed alone. */
  | {
      readonly kind: 'elementDetached';
      readonly array: JobId;
      readonly element: number;
      readonly job: JobId;
      readonly at: Instant;
    }
  /** The same of many elements that wait; their numbers ascend from `firstJob`. */
  | {
      readonly kind: 'elementsDetached';
      readonly array: JobId;
      readonly elements: IndexSet;
      readonly firstJob: JobId;
      readonly at: Instant;
    }
  | {
      readonly kind: 'jobAllocated';
      readonly job: JobId;
      readonly at: Instant;
      readonly allocation: Allocation;
    }
  /** These elements got one share each of a node; their numbers ascend from `firstJob`. */
  | {
      readonly kind: 'elementsAllocated';
      readonly array: JobId;
      readonly at: Instant;
      readonly elements: IndexSet;
      readonly firstJob: JobId;
      readonly share: AllocatedNode;
    }
  /** `steadyMs`: the same moment by the clock that never jumps. */
  | {
      readonly kind: 'attemptStarted';
      readonly job: JobId;
      readonly at: Instant;
      readonly steadyMs: number;
    }
  | {
      readonly kind: 'attemptEnding';
      readonly job: JobId;
      readonly at: Instant;
      readonly ending: Ending;
      readonly plan: EndPlan;
    }
  | {
      readonly kind: 'attemptSignalled';
      readonly job: JobId;
      readonly at: Instant;
      readonly signal: number;
      readonly scope: SignalScope;
    }
  /** Every signal that was owed has been handed to the node. */
  | { readonly kind: 'signalsHanded'; readonly job: JobId; readonly at: Instant }
  /** Its processes are gone and its room is free; the job report is still to be written. */
  | {
      readonly kind: 'attemptCompleting';
      readonly job: JobId;
      readonly at: Instant;
      readonly startedAt: Instant | undefined;
      readonly outcome: Outcome;
      readonly usage: Usage;
    }
  | {
      readonly kind: 'jobFinished';
      readonly job: JobId;
      readonly at: Instant;
      readonly startedAt: Instant | undefined;
      readonly outcome: Outcome;
      readonly usage: Usage;
    }
  /** The attempt ended, the job waits to run again. */
  | {
      readonly kind: 'jobRequeued';
      readonly job: JobId;
      readonly at: Instant;
      readonly startedAt: Instant | undefined;
      readonly outcome: Outcome;
      readonly usage: Usage;
      readonly notBefore: Instant | undefined;
    }
  /** No further element of the array will start. */
  | {
      readonly kind: 'arrayClosed';
      readonly job: JobId;
      readonly at: Instant;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: 'nodeChanged';
      readonly at: Instant;
      readonly steadyMs: number;
      readonly node: Node;
    }
  | {
      readonly kind: 'definitionRegistered';
      readonly at: Instant;
      readonly definition: JobDefinition;
    }
  | { readonly kind: 'keyCreated'; readonly at: Instant; readonly key: AccessKey }
  | { readonly kind: 'keyDeleted'; readonly at: Instant; readonly accessKeyId: string }
  | {
      readonly kind: 'instanceWanted';
      readonly at: Instant;
      readonly request: number;
      readonly environment: string;
      readonly instanceType: InstanceType;
      readonly node: NodeName;
    }
  | {
      readonly kind: 'instanceChanged';
      readonly at: Instant;
      readonly request: number;
      readonly state: InstanceState;
    };

/**
 * requested → booting → joined ⇄ idle → terminating → gone; interrupted is joined with a notice.
 */
export type InstanceState =
  | 'requested'
  | 'booting'
  | 'joined'
  | 'interrupted'
  | 'terminating'
  | 'gone';

/** What a pending job waits for beside room. */
export type WaitsFor = 'nothing' | 'hold' | 'beginTime' | 'dependency' | 'never';
